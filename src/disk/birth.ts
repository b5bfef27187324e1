import { lstat } from 'node:fs/promises'
import { join } from 'node:path'

/** When the file was made, in ms since 1970; undefined if it is missing or the file system does not record it. */
export async function birthMs(directory: string, path: string): Promise<number | undefined> {
  const stat = await lstat(join(directory, path)).catch(() => undefined)
  return stat === undefined || stat.birthtimeMs === 0 ? undefined : stat.birthtimeMs
}

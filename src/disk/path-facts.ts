import { lstat, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * The file that keeps `directory`, an absolute path, from being a directory: the path itself, or one above it.
 * undefined if that is not known.
 */
export async function blockingFile(directory: string): Promise<string | undefined> {
  for (let path = directory; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined) return found.isDirectory() ? undefined : path
    if (path === dirname(path)) return undefined
  }
}

/** When the file was made, in ms since 1970; undefined if it is missing or the file system does not record it. */
export async function birthMs(directory: string, path: string): Promise<number | undefined> {
  const found = await lstat(join(directory, path)).catch(() => undefined)
  return found === undefined || found.birthtimeMs === 0 ? undefined : found.birthtimeMs
}

import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

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

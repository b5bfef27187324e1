import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * What keeps `directory`, an absolute path, from being one: itself, or the name above it that is a file. undefined
 * where that cannot be told.
 */
export async function blockingFile(directory: string): Promise<string | undefined> {
  for (let path = directory; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined) return found.isDirectory() ? undefined : path
    if (path === dirname(path)) return undefined
  }
}

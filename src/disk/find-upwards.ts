import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DiskError } from './disk-error.js'
import { errorCode } from './node-error.js'

/** A file that was found. */
export interface FoundFile {
  readonly path: string
  /** The user that owns it; 0 where files have no owner, as on Windows. */
  readonly owner: number
}

/** Not there, or nothing that this process may look for. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'])

/**
 * The files of these names in a directory or, where it has none, in the nearest directory above it that has one.
 * Symlinks are followed; a directory of the name does not count. Rejects with DiskError.
 */
export async function findUpwards(
  directory: string,
  names: readonly string[],
): Promise<readonly FoundFile[]> {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const found: FoundFile[] = []
    for (const name of names) {
      const file = await fileAt(join(at, name))
      if (file !== undefined) found.push(file)
    }
    if (found.length > 0 || at === dirname(at)) return found
  }
}

async function fileAt(path: string): Promise<FoundFile | undefined> {
  try {
    const stats = await stat(path)
    return stats.isDirectory() ? undefined : { path, owner: stats.uid }
  } catch (error) {
    const code = errorCode(error)
    if (code !== undefined && ABSENT.has(code)) return undefined
    throw new DiskError(code ?? 'EIO', 'stat', path, { cause: error })
  }
}

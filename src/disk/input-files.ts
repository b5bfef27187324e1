import { open, readdir, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { DiskError } from './disk-error.js'
import { errorCode } from './portable-error.js'

/**
 * The content of a file that the user names, outside any store. Symlinks are followed: it is the user's own path.
 * Rejects with DiskError: the kernel's code, or EFBIG past `bytesMax`.
 */
export async function readInputFile(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r')
    try {
      const stat = await file.stat()
      if (stat.isFile() && stat.size > bytesMax) throw new DiskError('EFBIG', 'read', path)
      const bytes = await file.readFile()
      // A pipe does not know its length beforehand.
      if (bytes.byteLength > bytesMax) throw new DiskError('EFBIG', 'read', path)
      return bytes
    } finally {
      await file.close()
    }
  } catch (error) {
    throw asDiskError(error, path)
  }
}

/**
 * The files that a path given by the user stands for: itself, or for a directory the files in it (not below it) whose
 * names end with one of the extensions, sorted by name. Rejects with DiskError.
 */
export async function expandInputPath(
  path: string,
  extensions: readonly string[],
): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const entries = await readdir(path, { withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory() && extensions.some((end) => entry.name.endsWith(end)))
      .map((entry) => (path.endsWith(sep) ? path + entry.name : join(path, entry.name)))
      .sort()
  } catch (error) {
    throw asDiskError(error, path)
  }
}

function asDiskError(error: unknown, path: string): DiskError {
  if (error instanceof DiskError) return error
  const { syscall } = error as NodeJS.ErrnoException
  return new DiskError(errorCode(error) ?? 'EIO', syscall ?? 'read', path, { cause: error })
}

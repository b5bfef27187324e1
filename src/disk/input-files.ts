import { constants } from 'node:fs'
import { open, readdir, realpath, stat, type FileHandle } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { DiskError } from './disk-error.js'
import { errorCode } from './node-error.js'

export interface InputFileOptions {
  /** The user named this path, so a pipe or device is meant, and waited for. False: it was found in a directory. */
  readonly isNamed: boolean
}

const CHUNK_BYTES = 64 * 1024

/**
 * The content of a user's file, outside any store. Symlinks are followed: it is the user's own path. Rejects with
 * DiskError: the kernel's code, EFBIG beyond `bytesMax`, or EINVAL if it is not a regular file and was not named.
 */
export async function readInputFile(
  path: string,
  bytesMax: number,
  { isNamed }: InputFileOptions = { isNamed: true },
): Promise<Uint8Array> {
  try {
    // Without the flag, opening a FIFO holds the thread until it has a writer.
    const flags = isNamed ? 0 : (constants.O_NONBLOCK ?? 0)
    const file = await open(path, constants.O_RDONLY | flags)
    try {
      const stat = await file.stat()
      if (!isNamed && !stat.isFile()) throw new DiskError('EINVAL', 'open', path)
      if (stat.isFile() && stat.size > bytesMax)
        throw new DiskError('EFBIG', 'read', path, { phase: 'read' })
      return await readAtMost(file, path, bytesMax)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw asDiskError(error, path)
  }
}

/** The length of a pipe is not known beforehand, and a device may have no end. */
async function readAtMost(file: FileHandle, path: string, bytesMax: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for (let bytes = 0; ;) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, null)
    if (bytesRead === 0) return Buffer.concat(chunks)
    bytes += bytesRead
    if (bytes > bytesMax) throw new DiskError('EFBIG', 'read', path, { phase: 'read' })
    chunks.push(buffer.subarray(0, bytesRead))
  }
}

/**
 * As `readInputFile`, for a file that has to be in a directory or below it: rejects with EACCES for one that is not,
 * also when a symlink leads out.
 */
export async function readFileBelow(
  directory: string,
  name: string,
  bytesMax: number,
): Promise<Uint8Array> {
  const path = resolve(directory, name)
  try {
    const [root, real] = [await realpath(directory), await realpath(path)]
    const inside = relative(root, real)
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside))
      throw new DiskError('EACCES', 'open', path)
    return await readInputFile(real, bytesMax, { isNamed: false })
  } catch (error) {
    throw asDiskError(error, path)
  }
}

/**
 * The files that a path from the user stands for: itself, or for a directory the files in it (not below it) whose names
 * end with one of the extensions, sorted by name. Rejects with DiskError.
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

import { resolve } from 'node:path'
import { blockingFile } from '../../disk/path-facts.js'
import type { Disk, Volume } from '../../disk/disk.js'
import { DiskError } from '../../disk/disk-error.js'
import { StorageError } from '../../base/errors.js'
import type { ResolvedDirectoryOptions } from '../directory-options.js'

/** @throws StorageError FS-FORMAT-001 for a file, and for a missing directory that is not to be created; DiskError */
export async function openVolume(
  disk: Disk,
  directory: string,
  options: ResolvedDirectoryOptions,
): Promise<Volume> {
  try {
    return await disk.openVolume(directory, {
      ioTimeoutMs: options.ioTimeoutMs,
      fileMode: options.fileMode,
      directoryMode: options.directoryMode,
      create: options.create,
      readOnly: options.readOnly,
    })
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    const blocked = await blockedBy(directory, error, 'a store is a directory')
    if (blocked !== undefined) throw blocked
    throw error.code === 'ENOENT' && !options.create ? noStore(directory, error) : error
  }
}

export function noStore(directory: string, cause?: unknown): StorageError {
  const message = `There is no store in '${resolve(directory)}', and none is to be made (create: false)`
  return new StorageError('FS-FORMAT-001', message, {
    context: { path: directory, reason: 'no_store' },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** The error for a directory whose path, or a part of it, is a file; undefined if that is not why it did not open. */
export async function blockedBy(
  directory: string,
  cause: DiskError,
  expected: string,
): Promise<StorageError | undefined> {
  // Windows reports a path below a file as missing.
  if (cause.code !== 'ENOTDIR' && cause.code !== 'ENOENT') return undefined
  const file = await blockingFile(resolve(directory))
  if (file === undefined) return undefined
  const message = `Cannot open '${directory}': '${file}' is a file, and ${expected}`
  return new StorageError('FS-FORMAT-001', message, {
    cause,
    context: { path: file, reason: 'not_a_directory', directory },
  })
}

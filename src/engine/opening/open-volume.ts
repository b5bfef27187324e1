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
    // Windows reports a path below a file as missing.
    const mayBeBlocked = error.code === 'ENOTDIR' || error.code === 'ENOENT'
    const file = mayBeBlocked ? await blockingFile(resolve(directory)) : undefined
    if (file !== undefined) throw notDirectory(directory, file, error)
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

function notDirectory(directory: string, file: string, cause: DiskError): StorageError {
  const message = `Cannot open '${directory}': '${file}' is a file, and a store is a directory`
  return new StorageError('FS-FORMAT-001', message, {
    cause,
    context: { path: file, reason: 'not_a_directory', directory },
  })
}

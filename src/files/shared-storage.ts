import { StorageError } from '../errors.js'
import type { FileStorageConfig } from './config.js'
import { FileStorage } from './file-storage.js'

let shared: FileStorage | undefined

/**
 * The one storage of this process and thread. The first call makes it, with the configuration it is given; later ones
 * get the same, and may not bring another configuration.
 *
 * @throws StorageError FS-CONFLICT-001 for a configuration when there is a storage already; TypeError for a wrong one
 */
export function getFileStorage(config?: FileStorageConfig): FileStorage {
  if (shared !== undefined && config !== undefined) {
    throw new StorageError('FS-CONFLICT-001', 'The shared storage has its configuration already', {
      context: { reason: 'configured' },
    })
  }
  shared ??= new FileStorage(config)
  return shared
}

/** As `getFileStorage`, opened. Given a configuration, it closes the shared storage that there was. */
export async function initializeFileStorage(config?: FileStorageConfig): Promise<FileStorage> {
  if (config !== undefined) {
    const before = shared
    shared = undefined
    await before?.close()
  }
  const storage = getFileStorage(config)
  await storage.initialize()
  return storage
}

import { StorageError } from '../base/errors.js'
import type { FileStorageConfig } from './config.js'
import { FileStorage } from './file-storage.js'

let shared: FileStorage | undefined
let configuration: FileStorageConfig | undefined

/**
 * The one storage of this process and thread. The first call makes it, with the configuration it is given; later ones
 * get the same, and may not bring another configuration. After its `close` the next call makes it once more, with the
 * configuration it is given, or else with the one of before.
 *
 * @throws StorageError FS-CONFLICT-001 for a configuration when there is a storage already; TypeError for a wrong one
 */
export function getFileStorage(config?: FileStorageConfig): FileStorage {
  const open = shared?.isClosed === false ? shared : undefined
  if (open === undefined) return replaceBy(config ?? configuration)
  if (config === undefined) return open
  throw new StorageError('FS-CONFLICT-001', 'The shared storage has its configuration already', {
    context: { reason: 'configured' },
  })
}

/**
 * As `getFileStorage`, opened. Given a configuration, it closes the shared storage that there was, and takes its place
 * at once: of several calls the last one's stays open.
 */
export async function initializeFileStorage(config?: FileStorageConfig): Promise<FileStorage> {
  const before = shared
  const storage = config === undefined ? getFileStorage() : replaceBy(config)
  // Called before anything is awaited: a later call may close this storage, which lets it complete.
  const opening = storage.initialize()
  await Promise.all([opening, storage === before ? undefined : before?.close()])
  return storage
}

/** The new storage opens when the one before it has closed: they may be in the same directory. */
function replaceBy(config: FileStorageConfig | undefined): FileStorage {
  const before = shared
  const storage = new FileStorage(config, before)
  shared = storage
  configuration = config
  return storage
}

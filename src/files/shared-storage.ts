import { StorageError } from '../base/errors.js'
import type { FileStorageConfig } from './config.js'
import { FileStorage } from './file-storage.js'

let shared: FileStorage | undefined
let configuration: FileStorageConfig | undefined

/**
 * The one storage of this process and thread. The first call creates it, with its configuration; later ones return the
 * same, and may not pass another configuration. After its `close` the next call creates it again, with its own
 * configuration, or else the previous one.
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
 * As `getFileStorage`, opened. With a configuration, it closes the previous shared storage, and replaces it at once: of
 * several calls, the last one's stays open.
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

import { FILES_MARK_FILE, METADATA_FILE } from '../document/layout.js'
import { StorageError, isStorageError } from '../errors.js'
import { MARK_BYTES_MAX } from '../document/file-limits.js'
import type { DurableDirectory } from './durable-directory.js'

/** What a directory can be the store of: each kind has a mark of its own. */
export type StoreKind = 'files' | 'versions'

const MARKS: Readonly<Record<StoreKind, string>> = {
  files: FILES_MARK_FILE,
  versions: METADATA_FILE,
}

/**
 * Refuses a directory that another kind of store keeps: each would take the other's files for foreign ones, and write
 * its own between them.
 * @throws StorageError FS-FORMAT-001 with reason `other_kind`
 */
export async function assertStoreKind(directory: DurableDirectory, kind: StoreKind): Promise<void> {
  const other = kind === 'files' ? 'versions' : 'files'
  if ((await directory.read(MARKS[other], { maxBytes: MARK_BYTES_MAX })) === undefined) return
  throw new StorageError(
    'FS-FORMAT-001',
    `'${directory.path}' is no store of ${kind}: it holds a store of ${other} ('${MARKS[other]}')`,
    { context: { path: directory.path, reason: 'other_kind', holds: other, mark: MARKS[other] } },
  )
}

/**
 * Makes a new directory a store of its kind; false when somebody else has done so. Of two processes that make it stores
 * of different kinds at the same time at least one is refused, and its mark goes again.
 * @throws StorageError FS-FORMAT-001 with reason `other_kind`
 */
export async function createMark(
  directory: DurableDirectory,
  kind: StoreKind,
  bytes: Uint8Array,
): Promise<boolean> {
  const path = MARKS[kind]
  try {
    await directory.commit([{ kind: 'create', path, bytes }])
  } catch (error) {
    if (isStorageError(error, 'FS-CONFLICT-001')) return false
    throw error
  }
  try {
    await assertStoreKind(directory, kind)
    // At every durability level: a store whose mark is lost with the power does not open any more.
    await directory.flush()
    return true
  } catch (error) {
    await directory.commit([{ kind: 'remove', path, ifBytes: bytes }])
    throw error
  }
}

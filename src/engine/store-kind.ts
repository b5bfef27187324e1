import {
  FILE_DOCUMENTS_DIRECTORY,
  FILES_MARK_FILE,
  INDEX_FILE,
  METADATA_FILE,
} from '../document/layout.js'
import { StorageError, isStorageError } from '../errors.js'
import { MARK_BYTES_MAX } from '../document/file-limits.js'
import type { DurableDirectory } from './durable-directory.js'

/** What a directory can be the store of: each kind has a mark of its own. */
export type StoreKind = 'files' | 'versions'

const MARKS: Readonly<Record<StoreKind, string>> = {
  files: FILES_MARK_FILE,
  versions: METADATA_FILE,
}

/** What a store of a kind leaves beside its mark. */
const TRACES: Readonly<Record<StoreKind, string>> = {
  files: FILE_DOCUMENTS_DIRECTORY,
  versions: INDEX_FILE,
}

/**
 * Refuses a directory that another kind of store keeps: each would take the other's files for foreign ones, and write
 * its own between them.
 * @throws StorageError FS-FORMAT-001 with reason `other_kind`
 */
export async function assertStoreKind(directory: DurableDirectory, kind: StoreKind): Promise<void> {
  const other = otherThan(kind)
  if ((await directory.read(MARKS[other], { maxBytes: MARK_BYTES_MAX })) !== undefined)
    throw otherKind(directory, kind, MARKS[other])
}

/** The same for a store whose mark is lost, though the journal tells of commits. */
async function assertNoTraces(directory: DurableDirectory, kind: StoreKind): Promise<void> {
  if (directory.lsn === 0) return
  const trace = TRACES[otherThan(kind)]
  if ((await directory.volume.stat(trace)) !== undefined) throw otherKind(directory, kind, trace)
}

function otherThan(kind: StoreKind): StoreKind {
  return kind === 'files' ? 'versions' : 'files'
}

function otherKind(directory: DurableDirectory, kind: StoreKind, found: string): StorageError {
  const other = otherThan(kind)
  return new StorageError(
    'FS-FORMAT-001',
    `'${directory.path}' is no store of ${kind}: it holds a store of ${other} ('${found}')`,
    { context: { path: directory.path, reason: 'other_kind', holds: other, mark: found } },
  )
}

/**
 * Makes a new directory, or one whose mark is lost or blank, a store of its kind; false when another process has done so. Of two processes that make it stores
 * of different kinds at the same time at least one is refused, and its mark goes again.
 * @throws StorageError FS-FORMAT-001 with reason `other_kind`
 */
export async function createMark(
  directory: DurableDirectory,
  kind: StoreKind,
  bytes: Uint8Array,
): Promise<boolean> {
  const path = MARKS[kind]
  await assertNoTraces(directory, kind)
  const left = await directory.read(path, { maxBytes: MARK_BYTES_MAX })
  const isBlank = left !== undefined && isBlankMark(left)
  try {
    await directory.commit([{ kind: isBlank ? 'replace' : 'create', path, bytes }])
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

/** Whether a mark has no content: that is what loss of power leaves of one that was not flushed. */
export function isBlankMark(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

import { StorageError, isConflict } from '../../base/errors.js'
import { MARK_BYTES_MAX } from '../../format/layout.js'
import type { Store } from '../store.js'

/** A kind of store that a directory can be: each has a mark of its own. */
interface Kind {
  readonly kind: string
  /** The file that marks it. */
  readonly mark: string
  /** What a store of this kind leaves beside its mark. */
  readonly trace: string
}

/** How a store describes itself when it opens a directory. The engine knows no kind of store by name. */
export interface StoreClaim extends Kind {
  /** The kinds that must not keep the directory. */
  readonly rivals: readonly Kind[]
  /** Names at the top of a directory that only stores use: with one of them, a lost mark is written again. */
  readonly storeFiles: readonly string[]
  /** Names at the top of what is derived from other files, or is a lock: a backup does not contain them. */
  readonly derived: readonly string[]
}

/**
 * Refuses a directory that another kind of store keeps: each would treat the other's files as foreign, and write its
 * own among them.
 * @throws StorageError FS-FORMAT-001 with reason `other_kind`
 */
export async function assertNoRival(directory: Store, claim: StoreClaim): Promise<void> {
  for (const rival of claim.rivals) {
    const mark = await directory.read(rival.mark, { maxBytes: MARK_BYTES_MAX })
    if (mark !== undefined) throw otherKind(directory, claim, rival, rival.mark)
  }
}

/** The same for a store whose mark is lost, though the journal has commits. */
async function assertNoTraces(directory: Store, claim: StoreClaim): Promise<void> {
  if (directory.lsn === 0) return
  for (const rival of claim.rivals) {
    if ((await directory.volume.stat(rival.trace)) !== undefined)
      throw otherKind(directory, claim, rival, rival.trace)
  }
}

function otherKind(
  directory: Store,
  { kind }: StoreClaim,
  rival: Kind,
  found: string,
): StorageError {
  return new StorageError(
    'FS-FORMAT-001',
    `'${directory.path}' is not a store of ${kind}: it holds a store of ${rival.kind} ('${found}')`,
    { context: { path: directory.path, reason: 'other_kind', holds: rival.kind, mark: found } },
  )
}

/**
 * Writes the mark of a new store, or of one whose mark is missing or blank; false when another process has done so. Of
 * two processes that make it stores of different kinds at the same time, at least one is refused and its mark removed.
 * @throws StorageError FS-FORMAT-001 with reason `other_kind`
 */
export async function createMark(
  directory: Store,
  claim: StoreClaim,
  bytes: Uint8Array,
): Promise<boolean> {
  const path = claim.mark
  await assertNoTraces(directory, claim)
  const left = await directory.read(path, { maxBytes: MARK_BYTES_MAX })
  const isBlank = left !== undefined && isBlankMark(left)
  try {
    // Flushed before it has its name, at every durability level: half a mark would keep the store from opening again.
    const staged = await directory.stage([bytes])
    await directory.commit([{ kind: isBlank ? 'replace' : 'create', path, staged }])
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
  try {
    await assertNoRival(directory, claim)
    // At every durability level: a store that loses its mark with the power no longer opens.
    await directory.flush()
    return true
  } catch (error) {
    await directory.commit([{ kind: 'remove', path, ifBytes: bytes }])
    throw error
  }
}

/** Whether a mark is empty, as loss of power leaves one that was not flushed. */
export function isBlankMark(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

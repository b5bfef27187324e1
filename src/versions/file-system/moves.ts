import { isConflict } from '../../base/errors.js'
import { ifStill, type Operation } from '../../engine/commit/transaction.js'
import type { FailedOperation } from '../../engine/failure.js'
import type { PlannedMark } from './store-features.js'
import type { VersionPlace } from './store-layout.js'

/** A file of the store that is to be moved. */
export interface Move {
  readonly from: string
  readonly to: string
  /** What the file holds. */
  readonly before: Uint8Array
  /** What it is to hold at its new place; default: the same. */
  readonly after?: Uint8Array
  /** The new place of a version. */
  readonly tag?: VersionPlace
  /** The former one. */
  readonly fromTag?: VersionPlace
}

/**
 * The operations of a move, in the order by which those who follow the changes recognise one. What was changed since it
 * was read is not moved, nor is anything replaced.
 */
export function moving(move: Move, inlineBytesMax: number): readonly Operation[] {
  const { from, to, before, after = before, tag, fromTag } = move
  return [
    { kind: 'create', path: to, bytes: after, tag },
    { kind: 'remove', path: from, tag: fromTag, ...ifStill(before, inlineBytesMax) },
  ]
}

/** False if one of the conditions did not hold: nothing was done. */
export async function commitMoves(
  mark: PlannedMark,
  operations: readonly Operation[],
  what: string,
): Promise<boolean> {
  const failed: FailedOperation = { fallback: 'FS-SAVE-001', what }
  try {
    await mark.commit(operations, failed)
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}

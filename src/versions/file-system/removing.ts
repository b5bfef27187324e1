import { isConflict } from '../../base/errors.js'
import type { Operation } from '../../engine/commit/transaction.js'
import type { FailedOperation } from '../../engine/failure.js'
import type { PlannedMark } from './store-features.js'
import type { KnownPlace } from './store-layout.js'

/** How many files are removed in one transaction. */
export const REMOVE_TOGETHER = 256
const REMOVE: FailedOperation = { fallback: 'FS-DELETE-001', what: 'Cannot remove' }

/** A file that is removed for good; with its place if it is a version. */
export interface Gone {
  readonly path: string
  readonly tag?: KnownPlace
}

export function removing({ path, tag }: Gone): Operation {
  return { kind: 'remove', path, tag }
}

/** Another process may remove the same files at the same time; missing files are skipped. */
export async function removeAll(mark: PlannedMark, gone: readonly Gone[]): Promise<void> {
  for (let at = 0; at < gone.length; at += REMOVE_TOGETHER) {
    const some = gone.slice(at, at + REMOVE_TOGETHER).map(removing)
    if ((await conflictOf(mark, some)) === undefined) continue
    await Promise.all(some.map(async (operation) => await conflictOf(mark, [operation])))
  }
}

/** Commits removals; returns the path whose condition did not hold, undefined if all did. */
export async function conflictOf(
  mark: PlannedMark,
  operations: readonly Operation[],
): Promise<string | undefined> {
  try {
    await mark.commit(operations, REMOVE)
    return undefined
  } catch (error) {
    if (!isConflict(error)) throw error
    return String(error.context['path'])
  }
}

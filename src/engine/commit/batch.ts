import type { Change } from './transaction.js'

/** A transaction on its way to the disk. */
export interface Pending {
  readonly record: Uint8Array
  readonly changes: readonly Change[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
  /** When it was asked for, by the monotonic clock. */
  readonly sinceMs: number
  /** Its batch met a failed flush once; the second time is final. */
  retried: boolean
  /** There were not descriptors enough to stage it beside others. */
  alone: boolean
  /** How often it was sent to the disk and refused, for a moment. */
  refusals: number
  /** It waits before it is sent again. */
  resting: boolean
}

/** A transaction that was not sent yet. */
export function pendingOf(
  given: Pick<Pending, 'record' | 'changes' | 'resolve' | 'reject'>,
  sinceMs: number,
): Pending {
  return { ...given, sinceMs, retried: false, alone: false, refusals: 0, resting: false }
}

/** Most operations of one batch: each costs up to two descriptors while it is staged. */
const BATCH_OPERATIONS_MAX = 256

export interface BatchLimits {
  readonly transactions: number
  readonly bytes: number
}

/**
 * The transactions that go to the disk together: the first that wait, as many as the limits allow (one always fits).
 * What rests, and what touches a path that is in flight, or that a transaction left behind touches, is left behind, so that
 * transactions on one path take effect in the order of calls.
 */
export function selectBatch(
  waiting: readonly Pending[],
  busyPaths: ReadonlySet<string>,
  limits: BatchLimits,
): { readonly batch: readonly Pending[]; readonly left: Pending[] } {
  const batch: Pending[] = []
  const left: Pending[] = []
  const taken = new Set<string>()
  let operations = 0
  let bytes = 0
  for (const pending of waiting) {
    if (pending.resting) {
      left.push(pending)
      for (const { path } of pending.changes) taken.add(path)
      continue
    }
    operations += pending.changes.length
    bytes += pending.record.length
    const fits =
      batch.length === 0 ||
      (batch.length < limits.transactions &&
        operations <= BATCH_OPERATIONS_MAX &&
        bytes <= limits.bytes)
    const together = batch.length === 0 || !(pending.alone || batch[0]?.alone)
    const free = pending.changes.every(({ path }) => !busyPaths.has(path) && !taken.has(path))
    if (fits && together && free) batch.push(pending)
    else left.push(pending)
    for (const { path } of pending.changes) taken.add(path)
  }
  return { batch, left }
}

/** The records of a batch, back to back. */
export function concatenate(batch: readonly Pending[]): Uint8Array {
  const first = batch[0]
  if (batch.length === 1 && first !== undefined) return first.record
  const records = new Uint8Array(batch.reduce((bytes, pending) => bytes + pending.record.length, 0))
  let offset = 0
  for (const { record } of batch) {
    records.set(record, offset)
    offset += record.length
  }
  return records
}

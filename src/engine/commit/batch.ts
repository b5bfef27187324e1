import { isOutOfDescriptors } from '../../disk/descriptors.js'
import { DiskError, type DiskFailure } from '../../disk/disk-error.js'
import type { DiskRetries } from '../disk-retries.js'
import type { Change } from './transaction.js'

/** A transaction on its way to the disk. */
export interface Pending {
  readonly record: Uint8Array
  readonly changes: readonly Change[]
  /** Of its changes and its checks. */
  readonly paths: readonly string[]
  /** Whether what it was made from still holds, as far as this process knows. Default: it does. */
  readonly holds?: (() => boolean) | undefined
  /** True if it is committed, false if it no longer holds. */
  readonly resolve: (isCommitted: boolean) => void
  readonly reject: (error: unknown) => void
  /** Time of the call, by the monotonic clock. */
  readonly sinceMs: number
  /** A flush of its batch has failed once; a second failure is final. */
  retried: boolean
  /** There were not enough descriptors to stage it together with others. */
  alone: boolean
  /** How often the disk has refused it with a temporary failure. */
  refusals: number
  /** It waits before it is sent again. */
  resting: boolean
}

/** A transaction that has not been sent yet. */
export function pendingOf(
  given: Pick<Pending, 'record' | 'changes' | 'paths' | 'holds' | 'resolve' | 'reject'>,
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
 * The transactions that go to the disk together: the first in the queue, up to the limits (one always fits). Resting
 * transactions stay behind, and so do those that touch a path of one that is in flight or stays behind, so that
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
      for (const path of pending.paths) taken.add(path)
      continue
    }
    operations += pending.paths.length
    bytes += pending.record.length
    const fits =
      batch.length === 0 ||
      (batch.length < limits.transactions &&
        operations <= BATCH_OPERATIONS_MAX &&
        bytes <= limits.bytes)
    const together = batch.length === 0 || !(pending.alone || batch[0]?.alone)
    const free = pending.paths.every((path) => !busyPaths.has(path) && !taken.has(path))
    if (fits && together && free) batch.push(pending)
    else left.push(pending)
    for (const path of pending.paths) taken.add(path)
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

export interface RetryHost {
  readonly retries: DiskRetries
  readonly lockTimeoutMs: number
}

/**
 * Whether a transaction that left no trace is sent again, at once or after a rest; otherwise its caller gets the
 * failure. It keeps its place: later transactions on the same paths wait behind it.
 */
export function goesAgain(
  pending: Pending,
  failure: DiskFailure | undefined,
  { retries, lockTimeoutMs }: RetryHost,
  wake: () => void,
): boolean {
  if (failure === undefined) return false
  if (isOutOfDescriptors(failure) && !pending.alone) {
    pending.alone = true
    return true
  }
  const attempt = ++pending.refusals
  const rest = retries.afterRefusal(failure, attempt, pending.sinceMs, lockTimeoutMs)
  if (rest === undefined) {
    pending.reject(DiskError.of(failure, { attempts: attempt }))
    return false
  }
  pending.resting = true
  void rest.then(() => {
    pending.resting = false
    wake()
  })
  return true
}

export function notAttempted(cause: DiskError): DiskError {
  return new DiskError('ETIMEDOUT', 'commit', '', { phase: 'commit', cause })
}

/** Once a frame of a transaction was written, only reopening the store can tell whether the disk has kept it. */
export function outcomeOf(error: unknown, wasWritten: boolean): unknown {
  if (!(error instanceof DiskError) || !wasWritten) return error
  return DiskError.of(error, { cause: error.cause, isOutcomeUnknown: true })
}

/** Whether a frame was being written or flushed. */
export function isOfFrame(error: unknown): error is DiskError {
  return error instanceof DiskError && (error.phase === 'append' || error.phase === 'frame_flush')
}

/** Whether the frame was written and its files were being published: the outcome is unknown. */
export function isPublishing(error: unknown): boolean {
  return error instanceof DiskError && (error.phase === 'publish' || error.isOutcomeUnknown)
}

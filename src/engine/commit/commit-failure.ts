import { isOutOfDescriptors } from '../../disk/descriptors.js'
import { DiskError, type DiskFailure } from '../../disk/disk-error.js'
import type { Pending } from './batch.js'
import type { DiskRetries } from '../disk-retries.js'

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

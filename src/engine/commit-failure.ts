import { isOutOfDescriptors } from '../disk/descriptors.js'
import { DiskError } from '../disk/disk-error.js'
import type { DiskFailure } from '../disk/disk.js'

/** Those behind the one that met the end of the descriptors have EAGAIN. */
export function isForWantOfDescriptors(failure: DiskFailure): boolean {
  const isBehind = failure.code === 'EAGAIN' && failure.syscall === 'stage'
  return isBehind || isOutOfDescriptors(failure)
}

export function asError(failure: DiskFailure): DiskError {
  return new DiskError(failure.code, failure.syscall, failure.path)
}

export function notAttempted(cause: DiskError): DiskError {
  return new DiskError('ETIMEDOUT', 'commit', '', { cause })
}

/** Once a frame of a transaction was written, only opening the store again can tell whether the disk has kept it. */
export function outcomeOf(error: unknown, wasWritten: boolean): unknown {
  if (!(error instanceof DiskError) || !wasWritten) return error
  const { code, syscall, path, cause } = error
  return new DiskError(code, syscall, path, { cause, isOutcomeUnknown: true })
}

/** Whether a frame was being written or flushed: nothing else that a commit does is called so. */
export function isOfFrame(error: unknown): error is DiskError {
  return error instanceof DiskError && (error.syscall === 'fdatasync' || error.syscall === 'pwrite')
}

/** Whether the frame is written and its files were being put in place: its outcome is unknown. */
export function isPublishing(error: unknown): boolean {
  return error instanceof DiskError && (error.syscall === 'publish' || error.isOutcomeUnknown)
}

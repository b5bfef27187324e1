import { toError } from '../base/values.js'
import { StorageError, type StorageErrorCode } from '../base/errors.js'
import { ObjectFailure } from './failure.js'

/** What was being done, for the message and for the code of a failure that has none of its own. */
export interface CloudOperation {
  readonly fallback: StorageErrorCode
  readonly what: string
  readonly key: string
}

/** The error that callers see. One that has its code already passes unchanged, as does misuse. */
export function asStorageError(error: unknown, operation: CloudOperation, bucket: string): Error {
  if (!(error instanceof ObjectFailure)) return toError(error)
  const code = codeOf(error, operation)
  const { key, what } = operation
  return new StorageError(code, `${what} '${key}': ${error.message}`, {
    cause: error,
    context: {
      key,
      bucket,
      reason: error.reason ?? null,
      status: error.status ?? null,
      ...(code === 'FS-TIMEOUT-001' ? { outcome: 'unknown' } : {}),
    },
  })
}

function codeOf({ kind }: ObjectFailure, { fallback }: CloudOperation): StorageErrorCode {
  switch (kind) {
    case 'conflict':
      return 'FS-CONFLICT-001'
    case 'refused':
      return 'FS-UNAVAILABLE-001'
    case 'unknown':
      return 'FS-TIMEOUT-001'
    case 'no-credentials':
    case 'denied':
      return 'FS-PERM-001'
    case 'no-bucket':
      return 'FS-FORMAT-001'
    case 'rejected':
      return fallback
  }
}

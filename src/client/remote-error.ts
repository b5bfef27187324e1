import {
  HoldfastError,
  nameErrors,
  STORAGE_ERROR_CODES,
  StorageError,
  VersionConflictError,
  type ErrorContext,
  type StorageErrorCode,
} from '../base/errors.js'
import { ARGUMENT_CODE, outOfRange, wrongArgument } from '../base/misuse.js'
import { isRecord } from '../base/values.js'
import type { ErrorBody } from '../wire/error-body.js'

/** A refusal of the server itself: a code that begins with `HTTP-`, such as that for a token that it does not know. */
export class RemoteError extends HoldfastError {
  declare readonly name: 'RemoteError'
}

nameErrors(RemoteError, 'RemoteError')

/** The body of a failure; undefined for an answer of another program, such as a proxy. */
export function errorBodyIn(value: unknown): ErrorBody | undefined {
  const error = isRecord(value) ? value['error'] : undefined
  if (!isRecord(error) || !isRecord(error['context'])) return undefined
  if (typeof error['code'] !== 'string' || typeof error['message'] !== 'string') return undefined
  return value as unknown as ErrorBody
}

/** The error as the server's storage threw it: of the same class, with the same code and context. */
export function errorFrom({ error: { code, message, context } }: ErrorBody): Error {
  if (code === ARGUMENT_CODE) return misuseFrom(message, context)
  const { prompt_id: promptId, version, same_content: sameContent } = context
  if (code === 'OPT-VER-001' && typeof promptId === 'string' && typeof version === 'string')
    if (typeof sameContent === 'boolean')
      return new VersionConflictError(promptId, version, { sameContent })
  return isStorageCode(code)
    ? new StorageError(code, message, { context })
    : new RemoteError(code, message, { context })
}

function misuseFrom(message: string, { error, field }: ErrorContext): Error {
  const made = error === 'RangeError' ? outOfRange(message) : wrongArgument(message)
  return typeof field === 'string' ? Object.assign(made, { field }) : made
}

function isStorageCode(code: string): code is StorageErrorCode {
  return (STORAGE_ERROR_CODES as readonly string[]).includes(code)
}

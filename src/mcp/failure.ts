import { isHoldfastError } from '../base/errors.js'
import { ARGUMENT_CODE } from '../base/misuse.js'
import { codeOf, isError } from '../base/values.js'

/** What a client is told about a call that failed. */
export interface Failure {
  /** A code of docs/errors.md, or that of a wrong argument. */
  readonly code: string
  readonly message: string
  readonly context: Readonly<Record<string, unknown>>
  /** Whether the same call may succeed when it is made again unchanged. */
  readonly retryable: boolean
}

const RETRYABLE = new Set(['FS-LOCK-001', 'FS-TIMEOUT-001', 'FS-UNAVAILABLE-001'])

/** The failure that an error reports; `undefined` for a defect, which is none of the client's business. */
export function failureOf(error: unknown): Failure | undefined {
  if (isHoldfastError(error)) {
    const { code, message, context } = error
    return { code, message, context, retryable: RETRYABLE.has(code) }
  }
  if (!isError(error) || codeOf(error) !== ARGUMENT_CODE) return undefined
  return { code: ARGUMENT_CODE, message: error.message, context: {}, retryable: false }
}

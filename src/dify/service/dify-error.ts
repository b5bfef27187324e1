import { HoldfastError, nameErrors, type HoldfastErrorOptions } from '../../base/errors.js'
import { codeOf, shortened } from '../../base/values.js'

/**
 * - OPT-DIFY-001: the service cannot be reached, or failed for a reason of its own (5xx, a proxy's page)
 * - OPT-DIFY-002: too many runs of the app at once (`too_many_requests`)
 * - OPT-DIFY-003: a quota is used up (`rate_limit_error`, `provider_quota_exceeded`): no further call helps
 * - OPT-DIFY-004: the key is refused, or does not permit the call
 * - OPT-DIFY-005: the request or the app's configuration is refused
 * - OPT-DIFY-006: timed out; the run was told to stop
 * - OPT-DIFY-007: the answer has another form than the service documents
 * - OPT-DIFY-008: the connection ended, and how the run ended cannot be found out
 */
export type DifyErrorCode =
  | 'OPT-DIFY-001'
  | 'OPT-DIFY-002'
  | 'OPT-DIFY-003'
  | 'OPT-DIFY-004'
  | 'OPT-DIFY-005'
  | 'OPT-DIFY-006'
  | 'OPT-DIFY-007'
  | 'OPT-DIFY-008'

/** What is known about a failed call to Dify; each fact is present where it is known. */
export interface DifyFacts {
  readonly [fact: string]: unknown
  /** What was called, such as `POST /workflows/run`. */
  readonly call?: string
  /** Status of HTTP, or the one that an `error` event names. */
  readonly status?: number
  /** Dify's own code, such as `too_many_requests`, or the system's, such as `ECONNREFUSED`. */
  readonly reason?: string
  /** Whether the same call may succeed later. */
  readonly transient?: boolean
  /** How many attempts were made, if more than one. */
  readonly attempts?: number
  readonly run_id?: string
  readonly task_id?: string
  /** After a timeout: how the run ended once it was told to stop; `unknown` if the service did not say. */
  readonly run_status?: string
  readonly timeout_ms?: number
}

/** Messages quote what the service answered, which may be of any length. */
const MESSAGE_MAX = 1000

/** A call to Dify's service failed. `context` says which, and what the service answered. Keys are never in it. */
export class DifyError extends HoldfastError<DifyErrorCode, DifyFacts> {
  declare readonly name: 'DifyError'

  constructor(
    code: DifyErrorCode,
    message: string,
    options?: HoldfastErrorOptions & { readonly context?: DifyFacts },
  ) {
    super(code, shortened(message, MESSAGE_MAX), options)
  }
}

nameErrors(DifyError, 'DifyError')

/** Whether it is a failed call to Dify, from any copy of the package. */
export function isDifyError(error: unknown): error is DifyError {
  return codeOf(error)?.startsWith('OPT-DIFY-') === true
}

import { shortened } from '../base/values.js'
import { isStorageError, type StorageError } from '../base/errors.js'

/**
 * What is known after a request that failed.
 * `conflict`: its precondition does not hold; nothing was changed.
 * `refused`: it was never carried out, and may be later: unreachable, throttled.
 * `unknown`: it was sent, and no answer or no clear one has come.
 * `no-credentials`: none were found; nothing was sent.
 * `denied`: the credentials are wrong or do not suffice.
 * `no-bucket`: there is no such bucket.
 * `rejected`: the service will not do it, however often it is asked.
 */
export type ObjectFailureKind =
  'conflict' | 'refused' | 'unknown' | 'no-credentials' | 'denied' | 'no-bucket' | 'rejected'

/** Reason of a failure whose outcome no further request can tell. */
export const UNKNOWABLE = 'unknown-outcome'

/** Reason of a request that was not made, since the service keeps failing. */
export const LEFT_ALONE = 'circuit-open'

/** The plain facts of a failed request. */
export interface ObjectFailureFacts {
  /** The service's name for the failure, or the errno's. */
  readonly reason?: string | undefined
  readonly status?: number | undefined
}

/**
 * A request failed. It carries no error of a client library: those hold requests with their headers, access tokens
 * among them, which must not be logged with an error.
 */
export class ObjectFailure extends Error {
  override readonly name = 'ObjectFailure'
  readonly kind: ObjectFailureKind
  readonly reason: string | undefined
  readonly status: number | undefined

  constructor(kind: ObjectFailureKind, message: string, facts: ObjectFailureFacts = {}) {
    // The message comes from the service, with any length.
    super(shortened(message))
    this.kind = kind
    this.reason = facts.reason
    this.status = facts.status
  }

  /** Whether a retry may help. */
  get isTransient(): boolean {
    if (this.reason === UNKNOWABLE || this.reason === LEFT_ALONE) return false
    return this.kind === 'refused' || this.kind === 'unknown'
  }

  /** For a request that changes nothing: whether or not it was carried out, it has the same outcome. */
  asRefusal(): ObjectFailure {
    if (this.kind !== 'unknown') return this
    const { message, reason, status } = this
    return new ObjectFailure('refused', message, { reason, status })
  }
}

/** Whether a request failed in this way. */
export function isFailure(error: unknown, kind: ObjectFailureKind): boolean {
  return error instanceof ObjectFailure && error.kind === kind
}

export function noCredentials(service: string): ObjectFailure {
  return new ObjectFailure('no-credentials', `No credentials for ${service} were found`, {
    reason: NO_CREDENTIALS,
  })
}

/** Failures to connect: the request has not left. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
])

/** Failures of an established connection. */
const BROKEN = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** The failure of a connection, by its errno; undefined for another code. */
export function connectionFailure(code: string | undefined): ObjectFailure | undefined {
  if (code === undefined) return undefined
  if (NEVER_SENT.has(code))
    return new ObjectFailure('refused', `The service cannot be reached (${code})`, { reason: code })
  if (BROKEN.has(code))
    return new ObjectFailure('unknown', `The connection failed (${code})`, { reason: code })
  return undefined
}

const NOT_IMPLEMENTED = 501

/** What every HTTP service means by a status. A 503 may come from a proxy that has passed the request on. */
export function statusFailure(
  status: number | undefined,
  reason: string | undefined,
): ObjectFailure | undefined {
  if (status === undefined) return undefined
  const facts = { status, reason }
  const what = reason === undefined ? `status ${status}` : `${reason}, status ${status}`
  if (status === 412)
    return new ObjectFailure('conflict', `The precondition failed (${what})`, facts)
  if (status === 401 || status === 403)
    return new ObjectFailure('denied', `The service denies access (${what})`, facts)
  if (status === 429)
    return new ObjectFailure('refused', `The service is throttling (${what})`, facts)
  if (status === 408 || (status >= 500 && status !== NOT_IMPLEMENTED))
    return new ObjectFailure('unknown', `The service failed (${what})`, facts)
  if (status >= 400)
    return new ObjectFailure('rejected', `The service rejects the request (${what})`, facts)
  return undefined
}

/** Reason of a refusal by a cloud client that finds no credentials. */
export const NO_CREDENTIALS = 'no-credentials' as const

/** Why changes are not sent to the cloud. */
export interface Outage {
  /** As on the channel of warnings. */
  readonly code: 'cloud-down' | typeof NO_CREDENTIALS
  readonly message: string
}

/** Whether the cloud cannot be reached or asked, or the outcome of a request is unknown. */
export function isOutage(error: unknown): error is StorageError {
  if (!isStorageError(error)) return false
  return (
    error.code === 'FS-UNAVAILABLE-001' ||
    error.code === 'FS-TIMEOUT-001' ||
    lacksCredentials(error)
  )
}

/** Unlike with refused credentials, nothing was sent. */
function lacksCredentials({ code, context }: StorageError): boolean {
  return code === 'FS-PERM-001' && context['reason'] === NO_CREDENTIALS
}

export function outageOf(error: StorageError): Outage {
  const code = lacksCredentials(error) ? NO_CREDENTIALS : 'cloud-down'
  return { code, message: error.message }
}

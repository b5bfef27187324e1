import { isHoldfastError, isStorageError, type StorageErrorCode } from '../base/errors.js'
import { ARGUMENT_CODE } from '../base/misuse.js'
import { codeOf, isErrorNamed, isRecord, toError } from '../base/values.js'
import { SERVER_ERROR_STATUS, ServerError, type ServerErrorCode } from './server-error.js'

/** What a client gets for a request that failed. */
export interface ErrorAnswer {
  readonly status: number
  readonly body: ErrorBody
}

/** The body of such an answer. */
export interface ErrorBody {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly context: Readonly<Record<string, unknown>>
    /** Whether the same request may succeed when it is sent again unchanged. */
    readonly retryable: boolean
  }
}

/** The answer to a request that failed with this error. */
export function errorAnswer(thrown: unknown): ErrorAnswer {
  const error = isHoldfastError(thrown) ? thrown : (refusalOf(thrown) ?? thrown)
  if (isHoldfastError(error)) {
    const { code, message } = error
    const context = jsonOf(error.context)
    return {
      status: statusOf(code, context),
      body: { error: { code, message, context, retryable: isRetryable(code, context) } },
    }
  }
  if (codeOf(error) === ARGUMENT_CODE) return misuse(toError(error))
  // What went wrong is in the log; a message may quote what it must not.
  return errorAnswer(new ServerError('HTTP-FAULT-001', 'The server failed: see its log'))
}

function misuse(error: Error): ErrorAnswer {
  const kind = isErrorNamed(error, 'RangeError') ? 'RangeError' : 'TypeError'
  const field = 'field' in error && typeof error.field === 'string' ? { field: error.field } : {}
  const context = { error: kind, ...field }
  return {
    status: 400,
    body: { error: { code: ARGUMENT_CODE, message: error.message, context, retryable: false } },
  }
}

const STATUS: Readonly<Record<StorageErrorCode, number>> = {
  'FS-SAVE-001': 500,
  'FS-LOAD-001': 500,
  'FS-LOAD-002': 500,
  'FS-DELETE-001': 500,
  'FS-ATOMIC-001': 500,
  'FS-LOCK-001': 503,
  'FS-LOCK-002': 503,
  'FS-PERM-001': 500,
  'FS-IO-001': 507,
  'FS-TIMEOUT-001': 504,
  'FS-READONLY-001': 503,
  'FS-JOURNAL-001': 500,
  'FS-FORMAT-001': 500,
  'FS-CLOSED-001': 503,
  'FS-CONFLICT-001': 409,
  'FS-UNAVAILABLE-001': 503,
  'FS-QUOTA-001': 507,
  'FS-CRYPT-001': 500,
  'FS-CODEC-001': 500,
  'OPT-PAST-001': 410,
  'OPT-VER-001': 409,
  'OPT-VER-002': 404,
  'OPT-REF-001': 422,
  'OPT-LABEL-001': 409,
}

function statusOf(code: string, context: ErrorBody['error']['context']): number {
  if (code in SERVER_ERROR_STATUS) {
    if (code === 'HTTP-SIZE-001' && typeof context['status'] === 'number') return context['status']
    return SERVER_ERROR_STATUS[code as ServerErrorCode]
  }
  return code in STATUS ? STATUS[code as StorageErrorCode] : 422
}

const RETRYABLE = new Set([
  'FS-LOCK-001',
  'FS-TIMEOUT-001',
  'FS-UNAVAILABLE-001',
  'FS-CLOSED-001',
  'HTTP-RATE-001',
  'HTTP-BUSY-001',
  'HTTP-TIMEOUT-001',
])

/** A change with an unknown outcome may be sent again only as one that accepts itself: the client decides. */
function isRetryable(code: string, { outcome }: ErrorBody['error']['context']): boolean {
  return RETRYABLE.has(code) && (outcome === undefined || code === 'FS-TIMEOUT-001')
}

/** What fastify, its plugins and Node refuse, by their codes. */
const REFUSALS: Readonly<Record<string, readonly [ServerErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['HTTP-SIZE-001', 'The body is too big'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['HTTP-TYPE-001', 'The body must be application/json'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['HTTP-REQUEST-001', 'The length of the body is wrong'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['HTTP-REQUEST-001', 'The body must not be empty'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['HTTP-REQUEST-001', 'The body is not JSON'],
  FST_ERR_BAD_URL: ['HTTP-REQUEST-001', 'The path is not a path'],
  FST_ERR_MAX_PARAM_LENGTH: ['HTTP-SIZE-001', 'A part of the path is too long'],
  FST_ERR_HANDLER_TIMEOUT: ['HTTP-TIMEOUT-001', 'The request was not answered in time'],
  HPE_HEADER_OVERFLOW: ['HTTP-SIZE-001', 'The headers are too big'],
  ERR_HTTP_REQUEST_TIMEOUT: ['HTTP-TIMEOUT-001', 'The request did not arrive in time'],
}

function refusalOf(error: unknown): ServerError | undefined {
  if (!isErrorNamed(error, 'Error', 'FastifyError', 'SyntaxError', 'TypeError')) return undefined
  const validation = 'validation' in error ? error.validation : undefined
  if (Array.isArray(validation)) return invalid(validation, error)
  const [code, message] = REFUSALS[codeOf(error) ?? ''] ?? []
  if (code !== undefined && message !== undefined) {
    const unknown = code === 'HTTP-TIMEOUT-001' ? { outcome: 'unknown' } : {}
    const status = 'statusCode' in error ? error.statusCode : undefined
    const context = code === 'HTTP-SIZE-001' && typeof status === 'number' ? { status } : unknown
    return new ServerError(code, message, { cause: error, context })
  }
  const status = 'statusCode' in error ? error.statusCode : undefined
  if (status === 400)
    return new ServerError('HTTP-REQUEST-001', 'The request is malformed', { cause: error })
  if (status === 429)
    return new ServerError('HTTP-RATE-001', 'Too many requests: wait as Retry-After says')
  return undefined
}

/** Names the places only: what was sent is not quoted. */
function invalid(issues: readonly unknown[], cause: Error): ServerError {
  const part = 'validationContext' in cause ? String(cause.validationContext) : 'request'
  const fields = issues.filter(isRecord).map((issue) => {
    const path = typeof issue['instancePath'] === 'string' ? issue['instancePath'] : ''
    return { field: `${part}${path}`, message: String(issue['message']) }
  })
  const [first] = fields
  const where = first === undefined ? part : `${first.field}: ${first.message}`
  return new ServerError('HTTP-REQUEST-001', `The request does not fit: ${where}`, {
    cause,
    context: { issues: fields.slice(0, ISSUES_MAX) },
  })
}

const ISSUES_MAX = 20

/** Whether the fault is the server's, or of what it depends on, and belongs in the log. */
export function isFault(error: unknown, { status }: ErrorAnswer): boolean {
  return status >= 500 && !(isStorageError(error) && error.code === 'FS-CLOSED-001')
}

/** A context has JSON in it by its type; what is none must not break the answer. */
function jsonOf(context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(context)) as Readonly<Record<string, unknown>>
  } catch (error) {
    if (!isErrorNamed(error, 'TypeError', 'RangeError')) throw error
    return {}
  }
}

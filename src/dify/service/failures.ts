import { codeOf, isError, shortened } from '../../base/values.js'
import { listOf, recordOf, textOf } from './answers.js'
import { DifyError, type DifyErrorCode, type DifyFacts } from './dify-error.js'

/** What the service said when it refused: by HTTP, or by an `error` event in a stream. */
export interface Refusal {
  readonly call: string
  readonly status: number
  /** Of the body. */
  readonly contentType: string
  readonly body: string
}

/** Dify's codes that decide more than their status does. */
const BY_REASON: Readonly<Record<string, DifyErrorCode>> = {
  too_many_requests: 'OPT-DIFY-002',
  rate_limit_error: 'OPT-DIFY-003',
  provider_quota_exceeded: 'OPT-DIFY-003',
  workflow_version_execution_not_allowed: 'OPT-DIFY-004',
  internal_server_error: 'OPT-DIFY-001',
}
/** The longest piece of a page that a message quotes. */
const PAGE_QUOTED_MAX = 120

/** The error of an answer that is not a success. */
export function refusalError(refusal: Refusal, facts: DifyFacts = {}): DifyError {
  const { call, status } = refusal
  const said = saidBy(refusal)
  const code = codeFor(status, said.reason)
  const transient = code === 'OPT-DIFY-001' || code === 'OPT-DIFY-002'
  return new DifyError(code, `${call} answered ${status}: ${said.text}`, {
    context: {
      call,
      status,
      ...(said.reason === undefined ? {} : { reason: said.reason }),
      ...facts,
      transient,
    },
  })
}

/** The error of a call that got no answer at all. */
export function connectionError(call: string, cause: unknown, facts: DifyFacts = {}): DifyError {
  const reason = systemCode(cause)
  const text = reason ?? (isError(cause) ? cause.message : String(cause))
  return new DifyError('OPT-DIFY-001', `${call} failed: ${text}`, {
    cause,
    context: { call, ...(reason === undefined ? {} : { reason }), ...facts, transient: true },
  })
}

/** The error of an answer whose form is not the documented one. */
export function formError(call: string, what: string, options: ErrorOptions = {}): DifyError {
  return new DifyError('OPT-DIFY-007', `${call}: ${what}`, { ...options, context: { call } })
}

function codeFor(status: number, reason: string | undefined): DifyErrorCode {
  const known = reason === undefined ? undefined : BY_REASON[reason]
  if (known !== undefined) return known
  // A 429 without Dify's code comes from a proxy, whose limits pass.
  if (status === 429) return 'OPT-DIFY-002'
  if (status === 401 || status === 403) return 'OPT-DIFY-004'
  return status >= 500 ? 'OPT-DIFY-001' : 'OPT-DIFY-005'
}

function saidBy({ body, contentType, status }: Refusal): {
  readonly text: string
  readonly reason?: string
} {
  const answer = asJson(body)
  if (answer === undefined) return { text: pageText(body, contentType, status) }
  // An import that is refused has no message, but an error.
  const { code, message, error, params } = recordOf(answer)
  const reason = textOf(code)
  const told = textOf(message) ?? textOf(error) ?? listOf(message).join('; ')
  const field = textOf(params)
  const text = `${told === '' ? 'no message' : told}${field === undefined ? '' : ` (${field})`}`
  return reason === undefined ? { text } : { text: `${reason}: ${text}`, reason }
}

function asJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch {
    // A proxy's page, or half of an answer.
    return undefined
  }
}

/** What a page says, without its markup. */
function pageText(body: string, contentType: string, status: number): string {
  if (status >= 300 && status < 400)
    return 'the service is at another address; set "baseUrl" to that'
  const title = /<title>([^<]*)<\/title>/i.exec(body)?.[1] ?? (body.includes('<') ? '' : body)
  const quoted = shortened(title.trim(), PAGE_QUOTED_MAX)
  const kind = contentType.includes('html') || body.includes('<') ? 'a page' : 'text'
  return body === '' ? 'an empty answer' : `${kind}, not JSON${quoted === '' ? '' : `: ${quoted}`}`
}

/** The code of the innermost failure that has one: `fetch` wraps those of the system. */
function systemCode(error: unknown): string | undefined {
  const inner = isError(error) ? systemCode(error.cause) : undefined
  return inner ?? codeOf(error)
}

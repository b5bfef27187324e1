import { clearTimeout, monotonicMs, setTimeout, sleep } from '../base/clock.js'
import { codeOf, isError, isErrorNamed, toError } from '../base/values.js'
import { StorageError } from '../base/errors.js'
import { backoffMs, type RetryRule } from '../base/retry.js'
import type { ErrorBody } from '../wire/error-body.js'
import type { Fetch } from './client-options.js'
import { errorBodyIn, errorFrom } from './remote-error.js'

/** What a connection needs of its options. */
export interface HttpRules {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly retry: RetryRule
  readonly fetch: Fetch
}

/** A request, and what may be done with it. */
export interface HttpRequest {
  /** Behind the address of the server. */
  readonly path: string
  readonly method: 'GET' | 'POST'
  /** The JSON of the body. */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whether it changes nothing, and may be sent again whatever became of it. */
  readonly isRead: boolean
}

/** An answer with a status below 400. */
export interface HttpAnswer {
  readonly status: number
  readonly etag: string | null
  readonly text: string
}

/** One attempt has failed. */
interface Failed {
  readonly error: Error
  /** Whether another attempt may succeed, and does no harm. */
  readonly isTemporary: boolean
  /** The server's wish. */
  readonly waitMs?: number
}

/** Most requests under way at a time: servers, and what is in front of them, close connections beyond their number. */
const TOGETHER_MAX = 64

/** Refused before the server did anything: a change may be sent again, too. */
const NOT_BEGUN = new Set(['HTTP-BUSY-001', 'HTTP-RATE-001'])
/** As Node names a connection that did not come about. Browsers say nothing. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** Sends requests to one server, and retries those that are safe to send again. */
export class Http {
  readonly #rules: HttpRules
  readonly #waiting: (() => void)[] = []
  #underWay = 0

  constructor(rules: HttpRules) {
    this.#rules = rules
  }

  /** For messages. */
  get place(): string {
    return this.#rules.url
  }

  /**
   * @throws what the storage behind the server throws; StorageError FS-UNAVAILABLE-001 for a server that cannot be
   *   reached or refuses temporarily, FS-TIMEOUT-001 without an answer, with `outcome: 'unknown'` if something may have
   *   been changed; RemoteError for a refusal of the server itself
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { timeoutMs, retry } = this.#rules
    const endMs = monotonicMs() + timeoutMs
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#inTurn(async () => await this.#attempt(request, endMs))
      if (!('error' in answer)) return answer
      const waitMs = Math.max(answer.waitMs ?? 0, backoffMs(attempt, retry))
      const isLast = attempt >= retry.attempts || monotonicMs() + waitMs >= endMs
      if (!answer.isTemporary || isLast) throw answer.error
      await sleep(waitMs)
    }
  }

  /** An answer whose body is read as it comes. @throws as `send` does, at the first failure */
  async open(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const init = { headers: { ...this.#rules.headers, ...headers }, signal }
    const response = await this.#begin(path, init)
    if (response.ok) return response
    throw refusal(response, await response.text(), true, this.place).error
  }

  async #begin(path: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#rules.fetch(this.#rules.url + path, init)
    } catch (thrown) {
      throw notReached(thrown, true, this.place).error
    }
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#underWay >= TOGETHER_MAX)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#underWay++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // The next one takes the place over.
      if (next === undefined) this.#underWay--
      else next()
    }
  }

  async #attempt(request: HttpRequest, endMs: number): Promise<HttpAnswer | Failed> {
    const { path, method, body, headers, isRead } = request
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(), Math.max(1, endMs - monotonicMs()))
    try {
      const response = await this.#rules.fetch(this.#rules.url + path, {
        method,
        headers: {
          ...this.#rules.headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
        signal: ending.signal,
      })
      const text = await response.text()
      if (response.status < 400)
        return { status: response.status, etag: response.headers.get('etag'), text }
      return refusal(response, text, isRead, this.place)
    } catch (thrown) {
      return ending.signal.aborted
        ? { error: noAnswer(thrown, isRead, this.place), isTemporary: false }
        : notReached(thrown, isRead, this.place)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A change that an answer is missing for may have been made. */
function noAnswer(cause: unknown, isRead: boolean, place: string): StorageError {
  return new StorageError('FS-TIMEOUT-001', `${place} did not answer in time`, {
    cause,
    context: { path: place, outcome: isRead ? 'none' : 'unknown' },
  })
}

function notReached(thrown: unknown, isRead: boolean, place: string): Failed {
  const error = toError(thrown)
  const isUnsent = NOT_CONNECTED.has(codeOf(error.cause) ?? '')
  if (!isRead && !isUnsent)
    return {
      error: new StorageError('FS-TIMEOUT-001', `The connection to ${place} was lost`, {
        cause: thrown,
        context: { path: place, outcome: 'unknown' },
      }),
      isTemporary: false,
    }
  return {
    error: new StorageError('FS-UNAVAILABLE-001', `Cannot reach ${place}: ${reasonOf(error)}`, {
      cause: thrown,
      context: { path: place, outcome: 'none' },
    }),
    isTemporary: true,
  }
}

/** `fetch` says "fetch failed", and why in the cause. */
function reasonOf(error: Error): string {
  return isError(error.cause) && error.cause.message !== '' ? error.cause.message : error.message
}

function refusal(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  text: string,
  isRead: boolean,
  place: string,
): Failed {
  const body = bodyIn(text)
  if (body === undefined) return foreignRefusal(status, isRead, place)
  const { code, retryable } = body.error
  const isTemporary = NOT_BEGUN.has(code) || (isRead && retryable)
  const error = errorFrom(body)
  const seconds = Number(headers.get('retry-after') ?? 0)
  return {
    error: NOT_BEGUN.has(code)
      ? new StorageError('FS-UNAVAILABLE-001', `${place} refuses for now: ${error.message}`, {
          cause: error,
          context: { path: place, outcome: 'none' },
        })
      : error,
    isTemporary,
    ...(seconds > 0 ? { waitMs: seconds * 1000 } : {}),
  }
}

function bodyIn(text: string): ErrorBody | undefined {
  try {
    return errorBodyIn(JSON.parse(text))
  } catch (error) {
    if (isErrorNamed(error, 'SyntaxError')) return undefined
    throw error
  }
}

/** Another program between here and the server has answered. */
function foreignRefusal(status: number, isRead: boolean, place: string): Failed {
  const isAway = status === 502 || status === 503 || status === 504
  const outcome = isRead || status < 500 ? 'none' : 'unknown'
  const code = outcome === 'unknown' ? 'FS-TIMEOUT-001' : 'FS-UNAVAILABLE-001'
  const error = new StorageError(
    code,
    `What answers at ${place} is not a server of Holdfast: status ${status}`,
    { context: { path: place, outcome, status } },
  )
  return { error, isTemporary: isRead && isAway }
}

import { Retries } from '../../base/retry.js'
import type { ClientOptions } from './client-options.js'
import { Deadline } from './deadline.js'
import { DifyError, isDifyError } from './dify-error.js'
import { connectionError, formError, refusalError } from './failures.js'

/** One call of the service API. */
export interface DifyCall {
  readonly method: 'GET' | 'POST'
  /** Below the address of the service, with its query. */
  readonly path: string
  /** What is sent, as JSON. */
  readonly body?: unknown
  /** What is sent instead, as it is. */
  readonly form?: FormData
  readonly signal?: AbortSignal | undefined
  /** Is awaited before it is sent again; with false, it is not. The failure's code is passed. */
  readonly onRetry?: ((code: string) => Promise<boolean>) | undefined
}

/** A stream of events that the service has begun to send. */
export interface OpenStream {
  readonly pieces: AsyncIterable<Uint8Array>
  /** How many attempts it took. */
  readonly attempts: number
  /** Ends the connection, if it has not ended. */
  readonly cancel: () => Promise<void>
}

/** The longest answer that is read, and the longest text of a refusal. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024
const REFUSAL_BYTES_MAX = 64 * 1024

/** Calls of one service with one key: their retries, their limits in time, and what their failures say. */
export class DifyHttp {
  readonly #options: ClientOptions
  readonly #headers: Readonly<Record<string, string>>
  readonly #retries: Retries

  /** @param headers further ones of each call; they are as secret as the key */
  constructor(options: ClientOptions, headers: Readonly<Record<string, string>> = {}) {
    this.#options = options
    this.#headers = headers
    this.#retries = new Retries(options.retry, options.onRetry)
  }

  /** The answer of a call, as JSON. @throws DifyError; the signal's reason */
  async json(call: DifyCall): Promise<unknown> {
    const { result } = await this.#repeatedly(call, async () => await this.#answer(call))
    return result
  }

  /**
   * Begins a stream of events.
   * @param deadline interrupts the attempts and the stream
   * @throws DifyError; the reason of the deadline's signal
   */
  async stream(call: DifyCall, deadline: Deadline): Promise<OpenStream> {
    const waiting = { ...call, signal: deadline.signal }
    const { result, attempts } = await this.#repeatedly(waiting, async () => {
      deadline.heard()
      try {
        const response = await this.#fetch(call, 'text/event-stream', deadline.signal)
        if (!isEventStream(response)) throw await this.#refusal(call, response)
        return response
      } finally {
        // The silence between two attempts is our own.
        deadline.quiet()
      }
    })
    const { body } = result
    if (body === null) throw formError(nameOf(call), 'the answer is empty')
    return {
      pieces: body,
      attempts,
      cancel: async () => {
        // A broken or finished stream has nothing left to cancel.
        await body.cancel().catch(() => undefined)
      },
    }
  }

  /** Waits that long. @throws the signal's reason */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    await this.#retries.wait(ms, signal)
  }

  async #repeatedly<Result>(
    call: DifyCall,
    attempt: () => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly attempts: number }> {
    let attempts = 0
    let failed: DifyError | undefined
    let isRefused = false
    const result = await this.#retries.run(
      {
        operation: call.method,
        path: call.path,
        timeoutMs: 0,
        signal: call.signal,
        transientCode: (error) => {
          if (isRefused || !isDifyError(error) || error.context.transient !== true) return undefined
          failed = error
          return error.code
        },
        exhausted: withAttempts,
        timedOut: () => connectionError(nameOf(call), new Error('timed out')),
      },
      async () => {
        if (failed !== undefined && (await call.onRetry?.(failed.code)) === false) {
          isRefused = true
          throw withAttempts(failed, attempts)
        }
        attempts++
        return await attempt()
      },
    )
    return { result, attempts }
  }

  async #answer(call: DifyCall): Promise<unknown> {
    const timeoutMs = this.#options.requestTimeoutMs
    const deadline = new Deadline({ signal: call.signal, timeoutMs, idleTimeoutMs: timeoutMs })
    try {
      const response = await this.#fetch(call, 'application/json', deadline.signal)
      if (!response.ok) throw await this.#refusal(call, response)
      return parsed(await this.#text(response, ANSWER_BYTES_MAX, call), call)
    } catch (error) {
      call.signal?.throwIfAborted()
      if (deadline.cause !== 'total') throw error
      throw new DifyError(
        'OPT-DIFY-006',
        `${nameOf(call)} was not answered within ${timeoutMs} ms`,
        {
          context: { call: nameOf(call), timeout_ms: timeoutMs, transient: false },
        },
      )
    } finally {
      deadline.end()
    }
  }

  async #fetch(call: DifyCall, accept: string, signal: AbortSignal): Promise<Response> {
    const { body, form } = call
    const sent = form ?? (body === undefined ? undefined : JSON.stringify(body))
    try {
      return await fetch(`${this.#options.baseUrl}${call.path}`, {
        method: call.method,
        headers: {
          ...this.#headers,
          accept,
          authorization: `Bearer ${this.#options.apiKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(sent === undefined ? {} : { body: sent }),
        // The key is for this address only, and a redirected POST would become a GET.
        redirect: 'manual',
        signal,
      })
    } catch (cause) {
      signal.throwIfAborted()
      throw connectionError(nameOf(call), cause)
    }
  }

  /** The error of an answer that is not what was asked for. */
  async #refusal(call: DifyCall, response: Response): Promise<DifyError> {
    const contentType = response.headers.get('content-type') ?? ''
    const body = await this.#text(response, REFUSAL_BYTES_MAX, call)
    if (response.ok)
      return formError(
        nameOf(call),
        `the answer is ${contentType === '' ? 'untyped' : contentType}`,
      )
    const safe = this.hidden(body)
    return refusalError({ call: nameOf(call), status: response.status, contentType, body: safe })
  }

  /** A text of the service without what it was sent as a secret: one that is echoed must not get into a log. */
  readonly hidden = (text: string): string => {
    const secrets = [this.#options.apiKey, ...Object.values(this.#headers)]
    return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
  }

  /** As much of the text as may be read. */
  async #text(response: Response, bytesMax: number, call: DifyCall): Promise<string> {
    const pieces: Uint8Array[] = []
    let bytes = 0
    try {
      for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        pieces.push(piece)
        bytes += piece.length
        if (bytes > bytesMax) break
      }
    } catch (cause) {
      throw connectionError(nameOf(call), cause, { status: response.status })
    }
    if (response.ok && bytes > bytesMax)
      throw formError(nameOf(call), `the answer has more than ${bytesMax} bytes`)
    return Buffer.concat(pieces).toString('utf8')
  }
}

/** A call as messages name it: without its query. */
export function nameOf({ method, path }: DifyCall): string {
  return `${method} ${path.split('?')[0] ?? path}`
}

function isEventStream(response: Response): boolean {
  const type = response.headers.get('content-type') ?? ''
  return response.ok && type.startsWith('text/event-stream')
}

function parsed(text: string, call: DifyCall): unknown {
  // Some calls answer 204, or 200 with nothing.
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw formError(nameOf(call), 'the answer is not JSON', { cause })
  }
}

function withAttempts(error: unknown, attempts: number): unknown {
  if (!isDifyError(error)) return error
  const { code, message, cause, context } = error
  return new DifyError(code, `${message} (${attempts} attempts)`, {
    ...(cause === undefined ? {} : { cause }),
    context: { ...context, attempts },
  })
}

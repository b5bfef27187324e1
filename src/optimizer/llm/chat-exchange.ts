import { clearTimeout, setTimeout } from '../../base/clock.js'
import { isRecord } from '../../base/values.js'
import { isModelError, ModelError, type ModelErrorCode } from './model-error.js'
import { retryAfterMs } from './retry-after.js'
import type { AnswerBody } from './chat-answer.js'

/** One request to an endpoint. */
export interface Exchange {
  /** For messages, too: it has no secret. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
  readonly answerBytesMax: number
  readonly signal: AbortSignal | undefined
  /** What no message may show, wherever an endpoint repeats it. */
  readonly secrets: readonly string[]
}

/**
 * Sends a request and returns the body of its answer. It ends at its time limit and at the signal, whatever the endpoint
 * does, and takes the connection down with it.
 *
 * @throws ModelError for every failure that has an error code; the signal's reason
 */
export async function exchange(request: Exchange): Promise<AnswerBody> {
  const { signal, timeoutMs } = request
  signal?.throwIfAborted()
  const stop = new AbortController()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    stop.abort()
  }, timeoutMs)
  const abort = (): void => stop.abort()
  signal?.addEventListener('abort', abort)
  try {
    return await send(request, stop.signal)
  } catch (cause) {
    signal?.throwIfAborted()
    if (isLate) throw late(request)
    throw cause
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    // What is left of an answer that is too long is not read.
    stop.abort()
  }
}

async function send(request: Exchange, signal: AbortSignal): Promise<AnswerBody> {
  const { url, headers, body } = request
  const response = await connected(request, async () =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body,
      // A redirect would send the prompts, and with some programs the key, to another place.
      redirect: 'manual',
      signal,
    }),
  )
  const contentType = response.headers.get('content-type') ?? ''
  const text = await connected(request, async () => await readBody(response, request))
  if (response.status === 200) return { text, contentType }
  throw refusal(request, response, { text, contentType })
}

/** @throws ModelError OPT-LLM-002 if the connection fails */
async function connected<Result>(request: Exchange, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (isModelError(cause)) throw cause
    throw new ModelError('OPT-LLM-002', `No connection to ${request.url}`, {
      cause,
      context: { url: request.url },
    })
  }
}

async function readBody(response: Response, request: Exchange): Promise<string> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > request.answerBytesMax)
      throw new ModelError('OPT-LLM-007', `The answer of ${request.url} is too long`, {
        context: { url: request.url, reason: 'too_long', max_bytes: request.answerBytesMax },
      })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function late({ url, timeoutMs }: Exchange): ModelError {
  return new ModelError('OPT-LLM-003', `No answer from ${url} within ${timeoutMs} ms`, {
    context: { url, timeout_ms: timeoutMs },
  })
}

function refusal(request: Exchange, response: Response, body: AnswerBody): ModelError {
  const { status } = response
  const { reason, detail } = told(body)
  const waitMs = retryAfterMs((name) => response.headers.get(name))
  const isOut = status === 429 && /quota|billing|credit/.test(`${reason} ${detail}`.toLowerCase())
  const code = codeFor(status, `${reason} ${detail}`)
  return new ModelError(code, `${request.url} answers ${status}: ${hidden(detail, request)}`, {
    context: {
      url: request.url,
      status,
      reason: isOut ? 'quota' : hidden(reason, request),
      ...(waitMs === undefined ? {} : { retry_after_ms: waitMs }),
    },
  })
}

function codeFor(status: number, told: string): ModelErrorCode {
  if (status === 429) return 'OPT-LLM-005'
  if (status >= 500 || status === 408) return 'OPT-LLM-006'
  // A gateway such as OpenRouter refuses one text with 403, if a moderation has flagged it: the key is good.
  const isOfText = status === 403 && /moderation|flagged/i.test(told)
  return (status === 401 || status === 403) && !isOfText ? 'OPT-LLM-009' : 'OPT-LLM-004'
}

/** What an endpoint says about an error: JSON in one of two forms, or a page of a gateway. */
function told({ text, contentType }: AnswerBody): { reason: string; detail: string } {
  if (/html/.test(contentType) || /^\s*</.test(text)) {
    const [, title = 'a page of HTML'] = /<title>([^<]{1,200})/i.exec(text) ?? []
    return { reason: 'html', detail: title.trim() }
  }
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // Not every endpoint answers in JSON; what it says is for people.
    return { reason: 'text', detail: text.trim() }
  }
  const error = isRecord(body) ? (body['error'] ?? body) : body
  if (!isRecord(error)) return { reason: 'text', detail: String(error) }
  const reason = [error['code'], error['type']].find((each) => typeof each === 'string')
  const message: unknown = error['message']
  return {
    reason: typeof reason === 'string' ? reason : 'error',
    detail: typeof message === 'string' ? message : 'no message',
  }
}

/** Endpoints repeat keys in their messages, in whole or in part. */
function hidden(text: string, { secrets }: Exchange): string {
  let shown = text
  for (const secret of secrets) shown = shown.replaceAll(secret, '***')
  return shown.replaceAll(/\b(?:sk|pk|key|app)-[\w*-]{4,200}/gi, '***')
}

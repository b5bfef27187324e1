import { publish } from '../../base/channels.js'
import { monotonicMs } from '../../base/clock.js'
import { Retries } from '../../base/retry.js'
import { readSecretFile } from '../../config/secret-files.js'
import { readAnswer } from './chat-answer.js'
import { exchange, type Exchange } from './chat-exchange.js'
import {
  checkChatRequest,
  signalOption,
  type ChatAnswer,
  type ChatModel,
  type ChatOptions,
  type ChatRequest,
} from './chat-model.js'
import { isModelError, ModelError } from './model-error.js'
import {
  checkModelOptions,
  type CheckedModelOptions,
  type OpenAiModelOptions,
} from './model-options.js'

/**
 * A model behind an endpoint that speaks the protocol of OpenAI: OpenAI, Azure, vLLM, Ollama, LiteLLM, OpenRouter and
 * many others. Answers are asked for as a whole, since nothing can be done with half of one; streams are read, too.
 *
 * @example
 * const model = new OpenAiChatModel({ baseUrl: 'http://localhost:11434/v1', model: 'qwen3:8b' })
 */
export class OpenAiChatModel implements ChatModel {
  readonly name: string
  readonly #options: CheckedModelOptions
  readonly #url: string
  readonly #retries: Retries

  /** @throws TypeError or RangeError for a wrong option */
  constructor(options: OpenAiModelOptions) {
    this.#options = checkModelOptions(options)
    this.name = this.#options.model
    this.#url = `${this.#options.baseUrl}/chat/completions`
    const { host } = new URL(this.#url)
    this.#retries = new Retries(this.#options.retry, (failed, delayMs) =>
      publish('retry', () => ({ directory: host, ...failed, delayMs })),
    )
  }

  /**
   * Asks the model. What fails temporarily is attempted again: connections that cannot be made or break, 429 after the
   * time that the endpoint asks for, 5xx. An answer that cannot be read is not asked for again, since it is paid for.
   *
   * @throws TypeError or RangeError for a wrong request; ModelError; the signal's reason
   */
  async complete(request: ChatRequest, options?: ChatOptions): Promise<ChatAnswer> {
    const signal = signalOption(options, 'complete')
    const body = this.#bodyOf(checkChatRequest(request))
    let waitedMs = 0
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await exchange(await this.#exchangeOf(body, signal))
        return readAnswer(answer, { url: this.#url })
      } catch (error) {
        if (!isModelError(error)) throw error
        const waitMs = this.#waitAfter(error, attempt, this.#options.waitMsMax - waitedMs)
        if (waitMs === undefined) throw withAttempts(error, attempt)
        waitedMs += waitMs
        await this.#retries.wait(waitMs, signal)
        if ((await options?.onRetry?.(error.code)) === false) throw withAttempts(error, attempt)
      }
    }
  }

  #bodyOf({ max_tokens, ...request }: ChatRequest): string {
    const limit = max_tokens === undefined ? {} : { [this.#options.tokenLimitField]: max_tokens }
    return JSON.stringify({ ...request, ...limit, stream: false })
  }

  async #exchangeOf(body: string, signal: AbortSignal | undefined): Promise<Exchange> {
    const { apiKeyFile, headers, timeoutMs, answerBytesMax } = this.#options
    const apiKey =
      apiKeyFile === undefined
        ? this.#options.apiKey
        : await readSecretFile(apiKeyFile, 'Option "apiKeyFile"')
    return {
      url: this.#url,
      headers: apiKey === undefined ? headers : { authorization: `Bearer ${apiKey}`, ...headers },
      body,
      timeoutMs,
      answerBytesMax,
      signal,
      secrets: [...(apiKey === undefined ? [] : [apiKey]), ...Object.values(headers)],
    }
  }

  /** How long to wait before the next attempt, of `leftMs`; undefined if there is none. */
  #waitAfter(error: ModelError, attempt: number, leftMs: number): number | undefined {
    if (!isTemporary(error)) return undefined
    const { retry_after_ms } = error.context
    const askedMs = typeof retry_after_ms === 'number' ? retry_after_ms : 0
    if (askedMs > leftMs) return undefined
    const failed = { operation: 'complete', attempt, code: error.code, path: '' }
    const delayMs = this.#retries.delayAfter(failed, monotonicMs() + leftMs)
    return delayMs === undefined ? undefined : Math.max(delayMs, askedMs)
  }
}

/** A time limit is not: the next attempt would take as long. */
function isTemporary({ code, context }: ModelError): boolean {
  if (code === 'OPT-LLM-005') return context['reason'] !== 'quota'
  return code === 'OPT-LLM-002' || code === 'OPT-LLM-006'
}

function withAttempts(error: ModelError, attempts: number): ModelError {
  const context = { ...error.context, attempts }
  return new ModelError(error.code, error.message, { cause: error.cause, context })
}

import { wrongArgument } from '../../base/misuse.js'
import { choice, integer, number, rejectUnknown, shown, text } from '../../base/options.js'
import { isAbortSignal } from '../../base/values.js'

/** Who says a message. */
export const CHAT_ROLES = ['system', 'user', 'assistant'] as const

export interface ChatMessage {
  readonly role: (typeof CHAT_ROLES)[number]
  readonly content: string
}

/** What a model is asked. The fields are those of the protocol of OpenAI. */
export interface ChatRequest {
  readonly model: string
  /** At least one. */
  readonly messages: readonly ChatMessage[]
  /** 0 to 2. Default: that of the endpoint. */
  readonly temperature?: number | undefined
  /** Most tokens of the answer. Default: that of the endpoint. */
  readonly max_tokens?: number | undefined
  /** The same seed asks for the same answer; not every endpoint keeps to it. */
  readonly seed?: number | undefined
  /** The form of the answer, such as `{ type: 'json_object' }`. */
  readonly response_format?: Readonly<Record<string, unknown>> | undefined
}

/** Tokens that a call has taken. */
export interface ChatUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
}

/** What a model has answered. */
export interface ChatAnswer {
  readonly text: string
  /** Why it ends: `stop`, or `unknown` where the endpoint does not say. Never `length`: that is an error. */
  readonly finish_reason: string
  /** Missing where the endpoint reports none, or numbers that cannot be true. */
  readonly usage?: ChatUsage | undefined
  /** The model that has answered, as the endpoint calls it. */
  readonly model: string
  readonly id?: string | undefined
}

export interface ChatOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * Is called and awaited before the request is sent again after a temporary failure with this code. With false, it is
   * not sent, and the call fails with that failure.
   */
  readonly onRetry?: ((code: string) => Promise<boolean>) | undefined
}

/** A model that answers messages. `OpenAiChatModel` is one; a ledger that records each answer is another. */
export interface ChatModel {
  /** What requests to it have as `model`, and what reports call it. */
  readonly name: string
  complete(request: ChatRequest, options?: ChatOptions): Promise<ChatAnswer>
}

/** An option that is a model, or missing. @throws TypeError for a value without `name` and `complete` */
export function chatModel(name: string, given: unknown): ChatModel {
  const isModel =
    typeof given === 'object' &&
    given !== null &&
    typeof Reflect.get(given, 'name') === 'string' &&
    typeof Reflect.get(given, 'complete') === 'function'
  if (isModel) return given as ChatModel
  throw wrongArgument(`Option "${name}" must be a ChatModel, got ${shown(given)}`)
}

const FIELDS = ['model', 'messages', 'temperature', 'max_tokens', 'seed', 'response_format']

/** Returns the request without undefined fields. @throws TypeError or RangeError that names the field */
export function checkChatRequest(given: ChatRequest): ChatRequest {
  if (typeof given !== 'object' || given === null)
    throw wrongArgument(`Argument "request" must be an object, got ${shown(given)}`)
  rejectUnknown(given, FIELDS, 'complete')
  const { model, messages, temperature, max_tokens, seed, response_format } = given
  return {
    model: text('model', model),
    messages: messagesOf(messages),
    ...(temperature === undefined ? {} : { temperature: number(0, 2)('temperature', temperature) }),
    ...(max_tokens === undefined ? {} : { max_tokens: TOKENS('max_tokens', max_tokens) }),
    ...(seed === undefined ? {} : { seed: SEED('seed', seed) }),
    ...(response_format === undefined ? {} : { response_format }),
  }
}

/** @throws TypeError for unknown options and for a signal that is none */
export function signalOption(
  options: ChatOptions | undefined,
  where: string,
): AbortSignal | undefined {
  rejectUnknown(options, ['signal', 'onRetry'], where)
  const signal: unknown = options?.signal
  if (signal === undefined || isAbortSignal(signal)) return signal
  throw wrongArgument(`Option "signal" must be an AbortSignal, got ${shown(signal)}`)
}

const TOKENS = integer(1, 10_000_000)
const SEED = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)

function messagesOf(given: unknown): readonly ChatMessage[] {
  if (!Array.isArray(given) || given.length === 0)
    throw wrongArgument(`Option "messages" must be a list of at least one, got ${shown(given)}`)
  return given.map((message: unknown, index) => {
    const name = `messages[${index}]`
    if (typeof message !== 'object' || message === null)
      throw wrongArgument(`Option "${name}" must be an object, got ${shown(message)}`)
    rejectUnknown(message, ['role', 'content'], name)
    const { role, content } = message as Partial<ChatMessage>
    if (typeof content !== 'string')
      throw wrongArgument(`Option "${name}.content" must be a text, got ${shown(content)}`)
    return { role: choice(CHAT_ROLES)(`${name}.role`, role), content }
  })
}

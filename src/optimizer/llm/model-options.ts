import { option, resolveOptions, type OptionTable, type Resolved } from '../../base/option-table.js'
import {
  integer,
  choice,
  rejectUnknown,
  RETRY_OPTIONS,
  secret,
  shown,
  text,
  type RetryOptions,
} from '../../base/options.js'
import { wrongArgument } from '../../base/misuse.js'
import { kindOf } from '../../base/values.js'

/** What an OpenAiChatModel needs to know about its endpoint. */
export interface OpenAiModelOptions {
  /** Where the API begins, such as `https://api.openai.com/v1`: requests go to `/chat/completions` below it. */
  readonly baseUrl: string
  /** What requests name as the model. */
  readonly model: string
  /** The key that is sent as a bearer token. Default: none. */
  readonly apiKey?: string | undefined
  /** A file that holds the key, read before each call, so that a new key is used at once. Default: none. */
  readonly apiKeyFile?: string | undefined
  /** Further headers, such as `api-key`. Their values are treated as secrets. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** How long one attempt may take, to the end of its answer, in ms. 1 to 3600000, default 120000. */
  readonly timeoutMs?: number | undefined
  /** How often a call is attempted that fails temporarily: connections, 429 and 5xx. Default: 4 attempts, 500 ms before
   * the second, 30000 ms at most. */
  readonly retry?: RetryOptions | undefined
  /** How long the waits of one call may take together, in ms. An endpoint that asks for more fails the call. 0 to
   * 3600000, default 120000. */
  readonly waitMsMax?: number | undefined
  /** Most bytes of an answer. 1024 to 67108864, default 8388608. */
  readonly answerBytesMax?: number | undefined
  /** How the endpoint calls the limit of the answer's tokens. Default `max_tokens`. */
  readonly tokenLimitField?: TokenLimitField | undefined
}

const TOKEN_LIMIT_FIELDS = ['max_tokens', 'max_completion_tokens'] as const
export type TokenLimitField = (typeof TOKEN_LIMIT_FIELDS)[number]

export type CheckedModelOptions = Resolved<
  OpenAiModelOptions,
  { apiKey: string | undefined; apiKeyFile: string | undefined; retry: Required<CheckedRetry> }
>

type CheckedRetry = Resolved<RetryOptions>

const RETRY_DEFAULTS = { attempts: 4, delayMs: 500, maxDelayMs: 30_000 }

const MODEL_OPTIONS: OptionTable<CheckedModelOptions> = {
  baseUrl: (name, given) => endpoint(name, given),
  model: (name, given) => text(name, given),
  apiKey: option(undefined, secret),
  apiKeyFile: option(undefined, text),
  headers: option({}, headers),
  timeoutMs: option(120_000, integer(1, 3_600_000)),
  retry: option(RETRY_DEFAULTS, retry),
  waitMsMax: option(120_000, integer(0, 3_600_000)),
  answerBytesMax: option(8 * 1024 * 1024, integer(1024, 64 * 1024 * 1024)),
  tokenLimitField: option('max_tokens', choice(TOKEN_LIMIT_FIELDS)),
}

/** @throws TypeError or RangeError that names the option; no key is ever shown */
export function checkModelOptions(given: OpenAiModelOptions): CheckedModelOptions {
  if (typeof given !== 'object' || given === null)
    throw wrongArgument(`Options of OpenAiChatModel must be an object, got ${shown(given)}`)
  rejectUnknown(given, Object.keys(MODEL_OPTIONS), 'OpenAiChatModel')
  const checked = resolveOptions(MODEL_OPTIONS, given)
  if (checked.apiKey !== undefined && checked.apiKeyFile !== undefined)
    throw wrongArgument('Options "apiKey" and "apiKeyFile" are one secret: pass one of them')
  return Object.freeze(checked)
}

/** Without a slash at the end. Names and passwords within it would be in every message. */
function endpoint(name: string, given: unknown): string {
  const url = URL.canParse(String(given)) ? new URL(String(given)) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw wrongArgument(`Option "${name}" must be the URL of an API (http or https)`)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw wrongArgument(
      `Option "${name}" must have no user, password, query or fragment; pass the key as "apiKey"`,
    )
  return url.href.endsWith('/') ? url.href.slice(0, -1) : url.href
}

function headers(name: string, given: unknown): Readonly<Record<string, string>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrongArgument(`Option "${name}" must be an object, got ${kindOf(given)}`)
  for (const [header, value] of Object.entries(given)) {
    secret(`${name}.${header}`, value)
    if (!/^[\w-]+$/.test(header) || /[\r\n]/.test(String(value)))
      throw wrongArgument(`Option "${name}" has a header that HTTP does not allow: ${header}`)
  }
  return { ...(given as Record<string, string>) }
}

function retry(name: string, given: unknown): CheckedRetry {
  if (typeof given !== 'object' || given === null)
    throw wrongArgument(`Option "${name}" must be an object, got ${shown(given)}`)
  rejectUnknown(given, Object.keys(RETRY_OPTIONS), `option "${name}"`)
  return resolveOptions(RETRY_OPTIONS, { ...RETRY_DEFAULTS, ...given }, (part) => `${name}.${part}`)
}

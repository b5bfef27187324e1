import { option, resolveOptions, type OptionTable, type Resolved } from '../base/option-table.js'
import {
  choice,
  flag,
  functionOption,
  integer,
  rejectUnknown,
  retryOption,
  secret,
  shown,
  stringOption,
  type RetryOptions,
} from '../base/options.js'
import { wrongArgument } from '../base/misuse.js'
import { isErrorNamed, isRecord, kindOf } from '../base/values.js'
import type { RetryRule } from '../base/retry.js'

/** The part of `fetch` that the client uses. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

/** How a client reaches its server. */
export interface ConnectionOptions {
  /** The address of `holdfast serve`, such as `https://prompts.example.com`. A path in it stays in front. */
  readonly url: string | URL
  /** The token that the server knows: it is sent as `Authorization: Bearer`. Default: none. */
  readonly token?: string | undefined
  /** Further headers of each request, such as those that a proxy asks for. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * The bound on how old an answer from memory may be, in ms, beside what the store behind the server adds (see
   * `coherence`). 0: each call asks the server. 0 to 3600000, default 5000.
   */
  readonly maxStaleMs?: number | undefined
  /**
   * Whether a stream of changes stays open, by which answers from memory are rarely older than a few milliseconds. It
   * keeps a process of Node alive until `close`. Without it, the client asks for changes when an answer from memory is
   * older than half of `maxStaleMs`, and answers meanwhile. For runtimes that end with each request: false. Default
   * true.
   */
  readonly events?: boolean | undefined
  /**
   * Whether `open` asks the server: 'now', and it fails if the server cannot be reached; 'later', for a program that
   * has to start without it. Default 'now'.
   */
  readonly connect?: 'now' | 'later' | undefined
  /** How long one call may take, retries included, in ms. 10 to 3600000, default 10000. */
  readonly timeoutMs?: number | undefined
  /** How reads are retried, and changes that the server has certainly not begun. false: never. Default: 3 attempts. */
  readonly retry?: RetryOptions | false | undefined
  /** Sends the requests. Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined
}

/** Every default is filled in. */
export interface ResolvedConnection extends Resolved<
  Omit<ConnectionOptions, 'url' | 'retry' | 'headers' | 'token' | 'fetch'>
> {
  /** Without a slash at its end. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly retry: RetryRule
  readonly fetch: Fetch
}

const HOUR_MS = 3_600_000

const OPTIONS: OptionTable<ResolvedConnection> = {
  url: (name, given) => address(name, given),
  headers: (name, given, { token }) => headersOf(name, given, token),
  maxStaleMs: option(5000, integer(0, HOUR_MS)),
  events: option(true, flag),
  connect: option('now', choice(['now', 'later'])),
  timeoutMs: option(10_000, integer(10, HOUR_MS)),
  retry: (name, given) => retryOption(name, given),
  // Bound to its own global: browsers refuse it otherwise.
  fetch: (name, given) =>
    functionOption(name, given as Fetch | undefined, async (url, init) => await fetch(url, init)),
}

/** The names of these options. */
export const CONNECTION_OPTION_NAMES: readonly (keyof ConnectionOptions)[] = [
  ...(Object.keys(OPTIONS) as (keyof ConnectionOptions)[]),
  'token',
]

/** @throws TypeError or RangeError that names the option; the text of a token is in no message */
export function resolveConnection(given: unknown, where: string): ResolvedConnection {
  rejectUnknown(given, CONNECTION_OPTION_NAMES, where)
  return Object.freeze(resolveOptions(OPTIONS, Object(given) as object))
}

function address(name: string, given: unknown): string {
  const url = parsed(stringOption(name, isRecord(given) ? given['href'] : given))
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw wrongArgument(`Option "${name}" must be an http or https URL, got ${shown(given)}`)
  if (url.username !== '' || url.password !== '')
    throw wrongArgument(`Option "${name}" must be a URL without a user; pass the token as "token"`)
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch (error) {
    if (isErrorNamed(error, 'TypeError')) return undefined
    throw error
  }
}

function headersOf(name: string, given: unknown, token: unknown): Readonly<Record<string, string>> {
  if (given !== undefined && !isRecord(given))
    throw wrongArgument(`Option "${name}" must be an object of texts, got ${kindOf(given)}`)
  const headers = Object.entries(given ?? {}).map(([header, value]) => {
    return [header.toLowerCase(), secret(`${name}.${header}`, value)] as const
  })
  const bearer = token === undefined ? [] : [['authorization', `Bearer ${tokenIn(token)}`] as const]
  return Object.freeze(Object.fromEntries([...headers, ...bearer]))
}

function tokenIn(given: unknown): string {
  const token = secret('token', given)
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw wrongArgument('Option "token" must be of visible ASCII characters')
}

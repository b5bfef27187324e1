import { wrongArgument } from '../../base/misuse.js'
import {
  integer,
  rejectUnknown,
  retryOption,
  secret,
  shown,
  text,
  type RetryOptions,
} from '../../base/options.js'
import { option, resolveOptions, type OptionTable, type Resolved } from '../../base/option-table.js'
import type { FailedAttempt, RetryRule } from '../../base/retry.js'

/** How a client reaches one app of Dify. */
export interface DifyClientOptions {
  /** The address of the service API with its version, such as `https://api.dify.ai/v1`. */
  readonly baseUrl: string
  /** The key of the app, `app-…`. It is sent to that address only, and shown nowhere. */
  readonly apiKey: string
  /** Who runs the app, for Dify's logs. It has to be the same to stop a run or to look it up. Default `holdfast`. */
  readonly user?: string | undefined
  /** How long a run may take, in ms. Then it is told to stop. 1 to 86,400,000, default 1,200,000: Dify's own limit. */
  readonly timeoutMs?: number | undefined
  /** The longest silence in a stream, in ms. Dify sends a sign of life every 10 s. 1 to 3,600,000, default 60,000. */
  readonly idleTimeoutMs?: number | undefined
  /** How long any other call may take, in ms. 1 to 3,600,000, default 30,000. */
  readonly requestTimeoutMs?: number | undefined
  /** How long an interrupted run has to end, in ms, before its end is reported as unknown. 1 to 600,000, default 10,000. */
  readonly stopTimeoutMs?: number | undefined
  /** The first wait between two looks at a run whose stream broke, in ms; it doubles up to tenfold. 1 to 60,000, default 1000. */
  readonly pollMs?: number | undefined
  /** How many runs of this client may be under way; others wait. 1 to 1000, default 4. */
  readonly concurrency?: number | undefined
  /**
   * Retries of calls that fail temporarily: no connection, 5xx, too many runs at once. By default 5 attempts, with waits
   * from 1 s to 30 s. `false`: none.
   */
  readonly retry?: RetryOptions | false | undefined
  /** Is called for each retry. */
  readonly onRetry?: ((failed: FailedAttempt, delayMs: number) => void) | undefined
}

export type ClientOptions = Resolved<
  DifyClientOptions,
  { readonly retry: RetryRule; readonly onRetry: (failed: FailedAttempt, delayMs: number) => void }
>

const HOUR_MS = 3_600_000
/** Longer waits than those of a disk: a run that occupies a place takes seconds. */
const RETRY_DEFAULTS: RetryRule = { attempts: 5, delayMs: 1000, maxDelayMs: 30_000 }

const OPTIONS: OptionTable<ClientOptions> = {
  baseUrl: serviceUrl,
  apiKey: secret,
  user: option('holdfast', text),
  timeoutMs: option(1_200_000, integer(1, 24 * HOUR_MS)),
  idleTimeoutMs: option(60_000, integer(1, HOUR_MS)),
  requestTimeoutMs: option(30_000, integer(1, HOUR_MS)),
  stopTimeoutMs: option(10_000, integer(1, 600_000)),
  pollMs: option(1000, integer(1, 60_000)),
  concurrency: option(4, integer(1, 1000)),
  retry: (name, given) =>
    retryOption(
      name,
      typeof given === 'object' ? { ...RETRY_DEFAULTS, ...given } : (given ?? RETRY_DEFAULTS),
    ),
  onRetry: option(() => undefined, callback),
}

/** @throws TypeError or RangeError that names the option */
export function resolveClientOptions(given: DifyClientOptions): ClientOptions {
  rejectUnknown(given, Object.keys(OPTIONS), 'DifyClient')
  return Object.freeze(resolveOptions(OPTIONS, given))
}

/** Without the slash at its end. */
function serviceUrl(name: string, given: unknown): string {
  const expected = `Option "${name}" must be the address of a service, such as "https://api.dify.ai/v1"`
  const url = URL.canParse(String(given)) ? new URL(String(given)) : undefined
  if (typeof given !== 'string' || url === undefined || !/^https?:$/.test(url.protocol))
    throw wrongArgument(`${expected}, got ${shown(given)}`)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw wrongArgument(`${expected}, without a password, a query and a fragment`)
  return withoutSlash(url.href)
}

function withoutSlash(address: string): string {
  let end = address.length
  while (address[end - 1] === '/') end -= 1
  return address.slice(0, end)
}

function callback(name: string, given: unknown): (failed: FailedAttempt, delayMs: number) => void {
  if (typeof given !== 'function')
    throw wrongArgument(`Option "${name}" must be a function, got ${shown(given)}`)
  return given as (failed: FailedAttempt, delayMs: number) => void
}

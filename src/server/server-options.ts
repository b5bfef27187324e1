import { wrongArgument } from '../base/misuse.js'
import { flag, integer, rejectUnknown } from '../base/options.js'
import { option, resolveOptions, type OptionTable, type Resolved } from '../base/option-table.js'
import { isBytes, isRecord } from '../base/values.js'
import type { AccessToken } from './access/access-token.js'

const KIB = 1024
const MIB = 1024 * KIB
const HOUR_MS = 3_600_000

/** What a server serves, to whom, and how much of it. */
export interface ServerOptions {
  /** Who may send requests. Default: anyone, on loopback. */
  readonly tokens?: readonly AccessToken[] | undefined
  /** To serve HTTPS, and to ask clients for certificates. Default: HTTP. */
  readonly tls?: TlsOptions | undefined
  /** Labels that move only with `allow_protected` and a reason. Default: none. */
  readonly protectedLabels?: readonly string[] | undefined
  /** Whether changes are refused. Default false. */
  readonly readOnly?: boolean | undefined
  /** Longest body of a request but a file, in bytes. Default 16 MiB. */
  readonly bodyBytesMax?: number | undefined
  /** Longest file, in bytes. Default 1 GiB. */
  readonly fileBytesMax?: number | undefined
  /** How long a request may take to arrive, in ms. Default 30,000. */
  readonly requestTimeoutMs?: number | undefined
  /** How long its headers may take, in ms. Default 10,000. */
  readonly headersTimeoutMs?: number | undefined
  /** How long a request may take to be answered, streams of events excepted, in ms. Default 60,000. */
  readonly handlerTimeoutMs?: number | undefined
  /** How long a connection stays open without a request, in ms. Default 30,000. */
  readonly keepAliveMs?: number | undefined
  /** Most connections at the same time; further ones are closed at once. Default 1000. */
  readonly connectionsMax?: number | undefined
  /** Most requests per minute of one token, or of one address where there are no tokens; 0 for no limit. Default 300,000. */
  readonly requestsPerMinuteMax?: number | undefined
  /** Most refused tokens per minute of one address; then its requests are answered with 429. Default 60. */
  readonly refusalsPerMinuteMax?: number | undefined
  /** Most streams of events at the same time. Default 200. */
  readonly eventStreamsMax?: number | undefined
  /** How many events are kept for clients that come again. Default 10,000. */
  readonly eventsKept?: number | undefined
  /** How many bytes may wait for a reader of events before its stream is ended. Default 256 KiB. */
  readonly eventBytesMax?: number | undefined
  /** How often a stream of events says that it is alive, in ms. Default 15,000. */
  readonly heartbeatMs?: number | undefined
  /** How many answers are kept for requests that come again with their idempotency key. Default 10,000. */
  readonly answersKept?: number | undefined
  /** How long requests under way may take at the end, in ms. Default 10,000. */
  readonly shutdownMs?: number | undefined
}

/** Certificates, as PEM. */
export interface TlsOptions {
  readonly cert: string | Uint8Array
  readonly key: string | Uint8Array
  /** Authorities whose certificates clients have to have. Default: clients need none. */
  readonly clientCa?: string | Uint8Array | undefined
}

/** Every default is filled in. */
export type ResolvedServerOptions = Resolved<
  ServerOptions,
  { readonly tls: TlsOptions | undefined }
>

/** The options, each with its check and its default. */
const SERVER_OPTIONS: OptionTable<ResolvedServerOptions> = {
  tokens: option<readonly AccessToken[], readonly AccessToken[]>([], (_name, given) => {
    // Each is checked where the tokens are read.
    return given as readonly AccessToken[]
  }),
  tls: option<TlsOptions, undefined>(undefined, tlsOption),
  protectedLabels: option<readonly string[], readonly string[]>([], (name, given) => {
    if (Array.isArray(given)) return given as readonly string[]
    throw wrongArgument(`Option "${name}" must be an array`)
  }),
  readOnly: option(false, flag),
  bodyBytesMax: option(16 * MIB, integer(KIB, 256 * MIB)),
  fileBytesMax: option(KIB * MIB, integer(KIB, 1024 * KIB * MIB)),
  requestTimeoutMs: option(30_000, integer(100, HOUR_MS)),
  headersTimeoutMs: option(10_000, integer(100, HOUR_MS)),
  handlerTimeoutMs: option(60_000, integer(100, HOUR_MS)),
  keepAliveMs: option(30_000, integer(100, HOUR_MS)),
  connectionsMax: option(1000, integer(1, 1_000_000)),
  requestsPerMinuteMax: option(300_000, integer(0, 1_000_000_000)),
  refusalsPerMinuteMax: option(60, integer(1, 1_000_000)),
  eventStreamsMax: option(200, integer(1, 100_000)),
  eventsKept: option(10_000, integer(0, 1_000_000)),
  eventBytesMax: option(256 * KIB, integer(KIB, 256 * MIB)),
  heartbeatMs: option(15_000, integer(50, HOUR_MS)),
  answersKept: option(10_000, integer(0, 1_000_000)),
  shutdownMs: option(10_000, integer(0, HOUR_MS)),
}

/** The names of all options. */
export const SERVER_OPTION_NAMES: readonly string[] = Object.keys(SERVER_OPTIONS)

/** @throws TypeError, RangeError naming the option */
export function resolveServerOptions(options: ServerOptions = {}): ResolvedServerOptions {
  rejectUnknown(options, SERVER_OPTION_NAMES, 'buildServer')
  return Object.freeze(resolveOptions(SERVER_OPTIONS, options))
}

function tlsOption(name: string, given: unknown): TlsOptions {
  if (!isRecord(given)) throw wrongArgument(`Option "${name}" must be { cert, key, clientCa? }`)
  rejectUnknown(given, ['cert', 'key', 'clientCa'], `option "${name}"`)
  for (const part of ['cert', 'key', 'clientCa']) {
    const value = given[part]
    if (part === 'clientCa' && value === undefined) continue
    if (typeof value !== 'string' && !isBytes(value))
      throw wrongArgument(`Option "${name}.${part}" must be PEM, as text or bytes`)
  }
  return given as unknown as TlsOptions
}

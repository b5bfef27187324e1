import { randomUUID } from 'node:crypto'
import type { Redis as Client, RedisOptions } from 'ioredis'
import { wrongArgument } from '../base/misuse.js'
import { option, resolveOptions, type OptionTable, type Resolved } from '../base/option-table.js'
import { integer, rejectUnknown, text } from '../base/options.js'
import { toError } from '../base/values.js'
import { Acquirer, type LockDriver } from './acquire.js'
import type { Grant } from './lease.js'
import type { AcquireOptions, Lease, LockService } from './lock-service.js'
import { ACQUIRE, RELEASE, RENEW } from './redis-scripts.js'
import { refused, unreachable } from './server-failure.js'

export interface RedisLocksOptions {
  /** `redis://user:password@host:port/number`, `rediss://` with TLS, or `unix:/path/of/the/socket`. Errors never show it. */
  readonly url: string
  /** What the names of the keys begin with; by default `holdfast:lock:`. */
  readonly keyPrefix?: string | undefined
  /** How long the server may take to connect or to answer, in ms; 100 to 60,000, by default 5000. */
  readonly timeoutMs?: number | undefined
}

/**
 * Locks in Redis or Valkey, for any number of machines. The lock of a process that has ended is free when its time is
 * over. A server that loses its data, in a restart without persistence or in a failover, lets another holder in; tokens
 * go on rising with the clock of the server. Needs the package `ioredis` and Redis 5 or later.
 *
 * @example
 * await using locks = new RedisLocks({ url: 'redis://cache.example.com:6379' })
 * await using lease = await locks.acquire('nightly-report', { waitMs: 0 })
 */
export class RedisLocks implements LockService {
  readonly #acquirer: Acquirer

  /** Connects when the first lock is acquired. @throws TypeError or RangeError for a wrong option */
  constructor(options: RedisLocksOptions) {
    this.#acquirer = new Acquirer(new RedisDriver(checkOptions(options)))
  }

  async acquire(name: string, options?: AcquireOptions): Promise<Lease> {
    return await this.#acquirer.acquire(name, options)
  }

  async close(): Promise<void> {
    await this.#acquirer.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

type Options = Resolved<RedisLocksOptions>

const OPTIONS: OptionTable<Options> = {
  url: (name, given) => checkUrl(name, given),
  keyPrefix: option('holdfast:lock:', text),
  timeoutMs: option(5000, integer(100, 60_000)),
}

function checkOptions(options: RedisLocksOptions): Options {
  rejectUnknown(options, Object.keys(OPTIONS), 'RedisLocks')
  return resolveOptions(OPTIONS, options)
}

/** A wrong one may hold a password all the same, so the message does not show it. */
function checkUrl(name: string, given: unknown): string {
  const isUrl =
    typeof given === 'string' && /^(?:rediss?:\/\/|unix:\/)/.test(given) && URL.canParse(given)
  if (isUrl) return given
  throw wrongArgument(`Option "${name}" must be a URL such as redis://host:6379, or unix:/path`)
}

class RedisDriver implements LockDriver {
  readonly #options: Options
  #connecting: Promise<Connection> | undefined

  constructor(options: Options) {
    this.#options = options
  }

  async try(name: string, ttlMs: number): Promise<Grant | undefined> {
    const connection = await this.#connect()
    const holder = randomUUID()
    const keys = keysOf(this.#options.keyPrefix, name)
    const granted = await connection.evaluate(ACQUIRE, keys, [holder, ttlMs])
    if (granted === null) return undefined
    return {
      token: Number(granted),
      renew: async () => (await connection.evaluate(RENEW, keys, [holder, ttlMs])) === 1,
      release: async () => void (await connection.evaluate(RELEASE, keys, [holder])),
    }
  }

  async close(): Promise<void> {
    const connection = await this.#connecting?.catch(() => undefined)
    connection?.close()
  }

  /** One connection for all leases. A failed attempt to connect is made again by the next call. */
  async #connect(): Promise<Connection> {
    this.#connecting ??= Connection.open(this.#options).catch((error: unknown) => {
      this.#connecting = undefined
      throw error
    })
    return await this.#connecting
  }
}

/** The two keys are in one slot of a cluster, whatever is in the name. */
function keysOf(prefix: string, name: string): readonly [lock: string, token: string] {
  const lock = `${prefix}{${encodeURIComponent(name)}}`
  return [lock, `${lock}:token`]
}

/** Replies to a user or a password that do not fit, and to a user who may not run scripts. */
const DENIED = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR invalid password|ERR AUTH)/

class Connection {
  readonly #client: Client

  static async open({ url, timeoutMs }: Options): Promise<Connection> {
    const Redis = await importClient()
    const options = {
      lazyConnect: true,
      connectTimeout: timeoutMs,
      commandTimeout: timeoutMs,
      // A command that was sent late, after its caller had given up, would hold a lock for no one.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempts: number) => Math.min(attempts * RECONNECT_MS, timeoutMs),
    }
    const client = url.startsWith('unix:')
      ? new Redis({ ...options, ...socketOptions(new URL(url)) })
      : new Redis(url, options)
    // What the call rejects with says only that the connection is closed.
    let why: unknown
    client.on('error', (error) => (why = error))
    try {
      await client.connect()
    } catch (error) {
      client.disconnect()
      throw failure(why ?? error)
    }
    return new Connection(client)
  }

  private constructor(client: Client) {
    this.#client = client
  }

  async evaluate(
    script: string,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await this.#client.eval(script, keys.length, ...keys, ...values)
    } catch (error) {
      throw failure(error)
    }
  }

  close(): void {
    this.#client.disconnect()
  }
}

const RECONNECT_MS = 50

/** `unix:/path?username=…&password=…&db=…`, as a socket has no host to write a user in front of. */
function socketOptions({ pathname, searchParams }: URL): RedisOptions {
  const [username, password] = [searchParams.get('username'), searchParams.get('password')]
  return {
    path: decodeURIComponent(pathname),
    db: Number(searchParams.get('db') ?? 0),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
  }
}

function failure(error: unknown): Error {
  const isDenied = DENIED.test(toError(error).message)
  return isDenied ? refused('Redis', error) : unreachable('Redis', error)
}

async function importClient(): Promise<typeof Client> {
  try {
    return (await import('ioredis')).Redis
  } catch (cause) {
    throw wrongArgument('Redis needs a package that is not installed: npm install ioredis', {
      cause,
    })
  }
}

import { createHash } from 'node:crypto'
import type Pg from 'pg'
import { clearTimeout, setTimeout, sleep } from '../base/clock.js'
import { wrongArgument } from '../base/misuse.js'
import { option, resolveOptions, type OptionTable, type Resolved } from '../base/option-table.js'
import { integer, rejectUnknown, shown } from '../base/options.js'
import { codeOf } from '../base/values.js'
import { Acquirer, type LockDriver } from './acquire.js'
import type { Grant } from './lease.js'
import type { AcquireOptions, Lease, LockService } from './lock-service.js'
import { refused, unreachable } from './server-failure.js'

export interface PostgresLocksOptions {
  /** `postgres://user:password@host:port/database`. Errors never show it. */
  readonly url: string
  /** The table of the tokens, made when it is missing; by default `holdfast_locks`. */
  readonly table?: string | undefined
  /** How long the server may take to connect or to answer, in ms; 100 to 60,000, by default 5000. */
  readonly timeoutMs?: number | undefined
}

/**
 * Locks in a PostgreSQL database, for any number of machines: an advisory lock of a connection for each lease, so that
 * the lock of a process that has ended is free at once, and a row with its token and its time. A holder whose time is
 * over loses its connection to the next one. Needs the package `pg`.
 *
 * Connect to the server itself, or to a pooler that keeps the session of a connection (PgBouncer: session mode). All
 * nodes have to use the same role, or one that may end the sessions of the others.
 *
 * @example
 * await using locks = new PostgresLocks({ url: 'postgres://app@db.example.com/app' })
 * await using lease = await locks.acquire('nightly-report', { waitMs: 0 })
 */
export class PostgresLocks implements LockService {
  readonly #acquirer: Acquirer

  /** Connects when the first lock is acquired. @throws TypeError or RangeError for a wrong option */
  constructor(options: PostgresLocksOptions) {
    this.#acquirer = new Acquirer(new PostgresDriver(checkOptions(options)))
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

type Options = Resolved<PostgresLocksOptions>

/** What an identifier may be without quotes; longer ones are cut off by the server. */
const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/
const OPTIONS: OptionTable<Options> = {
  url: (name, given) => checkUrl(name, given),
  table: option('holdfast_locks', (name, given) => {
    if (typeof given === 'string' && IDENTIFIER.test(given)) return given
    const expected = 'lower-case letters, digits and underscores, at most 63'
    throw wrongArgument(`Option "${name}" must be ${expected}, got ${shown(given)}`)
  }),
  timeoutMs: option(5000, integer(100, 60_000)),
}

function checkOptions(options: PostgresLocksOptions): Options {
  rejectUnknown(options, Object.keys(OPTIONS), 'PostgresLocks')
  return resolveOptions(OPTIONS, options)
}

/** A wrong one may hold a password all the same, so the message does not show it. */
function checkUrl(name: string, given: unknown): string {
  const isUrl =
    typeof given === 'string' && /^postgres(?:ql)?:\/\//.test(given) && URL.canParse(given)
  if (isUrl) return given
  throw wrongArgument(`Option "${name}" must be a URL such as postgres://user@host/database`)
}

/** SQLSTATE: the user, what it may do, or no schema for its table. Any other failure may pass. */
const DENIED = /^(?:28...|42501|3F000)$/
/** Two sessions make the table at once. */
const MADE_ALREADY = new Set(['23505', '42P07'])
const UNDEFINED_TABLE = '42P01'

/** A session that was told to end still has its lock for some ms. */
const ENDING_ATTEMPTS = 20
const ENDING_MS = 10

class PostgresDriver implements LockDriver {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  async try(name: string, ttlMs: number): Promise<Grant | undefined> {
    const session = await Session.open(this.#options)
    try {
      const key = keyOf(this.#options.table, name)
      const attempts = (await session.endExpired(name, key)) ? ENDING_ATTEMPTS : 1
      const granted = await session.lock(name, key, { ttlMs, attempts })
      if (granted !== undefined)
        return new PostgresGrant(session, { name, key, token: granted, ttlMs })
    } catch (error) {
      await session.end()
      throw error
    }
    await session.end()
    return undefined
  }

  async close(): Promise<void> {
    // Each lease has a connection of its own.
    await Promise.resolve()
  }
}

interface Held {
  readonly name: string
  readonly key: string
  readonly token: number
  readonly ttlMs: number
}

class PostgresGrant implements Grant {
  readonly #session: Session
  readonly #held: Held

  constructor(session: Session, held: Held) {
    this.#session = session
    this.#held = held
  }

  get token(): number {
    return this.#held.token
  }

  onLost(listener: (cause: unknown) => void): void {
    this.#session.onEnd(listener)
  }

  async renew(): Promise<boolean> {
    return await this.#session.renew(this.#held)
  }

  async release(): Promise<void> {
    try {
      await this.#session.unlock(this.#held)
    } finally {
      await this.#session.end()
    }
  }
}

/** A connection that holds one lock. */
class Session {
  readonly #client: Pg.Client
  readonly #table: string
  readonly #timeoutMs: number
  #cause: unknown
  #hasEnded = false
  #listener: ((cause: unknown) => void) | undefined

  static async open(options: Options): Promise<Session> {
    const { Client } = await importClient()
    const { url, timeoutMs } = options
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      keepAlive: true,
      application_name: 'holdfast-locks',
    })
    const session = new Session(client, options)
    await session.#connect()
    return session
  }

  private constructor(client: Pg.Client, { table, timeoutMs }: Options) {
    this.#client = client
    this.#table = table
    this.#timeoutMs = timeoutMs
    client.on('error', (error) => this.#ended(error))
    client.on('end', () => this.#ended(undefined))
  }

  onEnd(listener: (cause: unknown) => void): void {
    this.#listener = listener
    if (this.#hasEnded) listener(this.#cause)
  }

  /** Tells the session of a holder whose time is over to end; false when there is none. Its lock is free soon after. */
  async endExpired(name: string, key: string): Promise<boolean> {
    const text = `
      SELECT pg_terminate_backend(held.pid) FROM ${this.#table} AS one JOIN pg_locks AS held ON held.pid = one.pid
      WHERE one.name = $1 AND one.expires_at <= clock_timestamp()
        AND held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
        AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (held.classid::bigint << 32) + held.objid::bigint = $2::bigint`
    try {
      return (await this.#query(text, [name, key])).length > 0
    } catch (error) {
      if (codeOf(error) !== UNDEFINED_TABLE) throw this.#failure(error)
      await this.#createTable()
      return false
    }
  }

  /** One statement, so that a process that is stopped in between holds no lock without an end. */
  async lock(
    name: string,
    key: string,
    { ttlMs, attempts }: { readonly ttlMs: number; readonly attempts: number },
  ): Promise<number | undefined> {
    const text = `
      WITH attempt AS MATERIALIZED (SELECT pg_try_advisory_lock($2::bigint) AS ok)
      INSERT INTO ${this.#table} AS one (name, token, pid, expires_at)
      SELECT $1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint, pg_backend_pid(), ${EXPIRY}
      FROM attempt WHERE ok
      ON CONFLICT (name) DO UPDATE SET
        token = greatest(one.token + 1, excluded.token), pid = excluded.pid, expires_at = excluded.expires_at
      RETURNING token`
    for (let made = 1; ; made++) {
      const [row] = await this.#ask(text, [name, key, ttlMs])
      if (row !== undefined) return Number(row['token'])
      if (made === attempts) return undefined
      await sleep(ENDING_MS)
    }
  }

  async renew({ name, token, ttlMs }: Held): Promise<boolean> {
    const text = `UPDATE ${this.#table} SET expires_at = ${EXPIRY} WHERE name = $1 AND token = $2 RETURNING token`
    return (await this.#ask(text, [name, token, ttlMs])).length > 0
  }

  async unlock({ name, token, key }: Held): Promise<void> {
    // A session that has ended holds nothing.
    if (this.#hasEnded) return
    const released = `UPDATE ${this.#table} SET expires_at = clock_timestamp(), pid = NULL WHERE name = $1 AND token = $2`
    await this.#ask(released, [name, token])
    await this.#ask('SELECT pg_advisory_unlock($1::bigint)', [key])
  }

  /** Ends the connection, at the latest after the time for an answer. */
  async end(): Promise<void> {
    this.#listener = undefined
    const late = setTimeout(() => this.#destroy(), this.#timeoutMs)
    try {
      await this.#client.end()
    } finally {
      clearTimeout(late)
    }
  }

  async #connect(): Promise<void> {
    try {
      await this.#client.connect()
      // The token has to be on the disk before it is given out, and its statement must see the newest row.
      await this.#query(`SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off'`)
      await this.#query(`SET default_transaction_isolation TO 'read committed'`)
    } catch (error) {
      this.#destroy()
      throw this.#failure(error)
    }
  }

  async #createTable(): Promise<void> {
    const text = `
      CREATE TABLE IF NOT EXISTS ${this.#table} (
        name text PRIMARY KEY, token bigint NOT NULL, pid integer, expires_at timestamptz NOT NULL)`
    try {
      await this.#query(text)
    } catch (error) {
      if (!MADE_ALREADY.has(codeOf(error) ?? '')) throw this.#failure(error)
    }
  }

  async #ask(text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> {
    try {
      return await this.#query(text, values)
    } catch (error) {
      throw this.#failure(error)
    }
  }

  async #query(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    const { rows } = await this.#client.query<Record<string, unknown>>(text, [...values])
    return rows
  }

  #failure(error: unknown): Error {
    const code = codeOf(error)
    const isDenied = code !== undefined && DENIED.test(code)
    return isDenied ? refused('PostgreSQL', error) : unreachable('PostgreSQL', error)
  }

  #ended(cause: unknown): void {
    this.#cause ??= cause
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#listener?.(this.#cause)
  }

  #destroy(): void {
    // `end` waits for the server, which may be what does not answer.
    this.#client.connection.stream.destroy()
  }
}

const EXPIRY = `clock_timestamp() + $3 * interval '1 millisecond'`

/** Advisory locks have a number: 64 bits of a digest, since names are text. */
function keyOf(table: string, name: string): string {
  const digest = createHash('sha256').update(`${table}\0${name}`).digest()
  return digest.readBigInt64BE(0).toString()
}

async function importClient(): Promise<typeof Pg> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw wrongArgument('PostgreSQL needs a package that is not installed: npm install pg', {
      cause,
    })
  }
}

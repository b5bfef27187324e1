import { monotonicMs, sleep } from '../base/clock.js'
import { backoffMs } from '../base/retry.js'
import type { PgPoolClient, PgQuery, PgRows, PostgresPool } from './driver.js'
import { failureOf, isLost, isRolledBack, isTemporary, type Attempted } from './failure.js'

/** How long is waited for what. */
export interface ConnectionTimes {
  readonly connectTimeoutMs: number
  /** How long the client waits for an answer: a little longer than the server works on it. */
  readonly answerTimeoutMs: number
}

const BACKOFF = { delayMs: 20, maxDelayMs: 500 }
/** Transactions that the server has rolled back because of others are made again this often. */
const ATTEMPTS_MAX = 5

/** The connections of a pool, no more at a time than it has, so that no call waits in its queue. */
export class Connections {
  readonly place: string
  readonly #pool: PostgresPool
  readonly #times: ConnectionTimes
  #free: number
  readonly #line: (() => void)[] = []

  constructor(pool: PostgresPool, max: number, place: string, times: ConnectionTimes) {
    this.#pool = pool
    this.#free = max
    this.place = place
    this.#times = times
  }

  /** The answer to a query that changes nothing: asked again while the connection fails. */
  async read(query: PgQuery): Promise<PgRows['rows']> {
    const attempted: Attempted = {
      what: 'Cannot read from',
      place: this.place,
      fallback: 'FS-LOAD-002',
    }
    const endMs = this.endMs()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.use(async (client) => (await client.query(query)).rows, endMs)
      } catch (error) {
        if (!mayAskAgain(error, attempt, endMs)) throw failureOf(error, attempted)
        await sleep(backoffMs(attempt, BACKOFF))
      }
    }
  }

  /** When a call that begins now stops trying to reach the server. */
  endMs(): number {
    return monotonicMs() + this.#times.connectTimeoutMs
  }

  /**
   * Uses a connection: one that fails is closed. Connecting is tried until `endMs`.
   * @throws errors as the driver makes them
   */
  async use<Result>(
    work: (client: AskedClient) => Promise<Result>,
    endMs: number = this.endMs(),
  ): Promise<Result> {
    await this.#enter()
    try {
      const client = await this.#connect(endMs)
      const asked = new AskedClient(client, this.#times.answerTimeoutMs)
      try {
        return await work(asked)
      } finally {
        client.release(asked.isBroken)
        client.removeListener('error', ignored)
      }
    } finally {
      this.#leave()
    }
  }

  async #connect(endMs: number): Promise<PgPoolClient> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#take()
      } catch (error) {
        if (!isTemporary(error) || monotonicMs() >= endMs) throw error
        await sleep(backoffMs(attempt, BACKOFF))
      }
    }
  }

  /** With a callback: what comes with the end of the greeting is emitted before a promise is followed. */
  async #take(): Promise<PgPoolClient> {
    return await new Promise((resolve, reject) => {
      this.#pool.connect((error, client) => {
        if (client === undefined) {
          reject(error ?? new Error('The pool has returned neither a connection nor an error'))
          return
        }
        // A connection that breaks between two queries says so here; the next query fails.
        client.on('error', ignored)
        resolve(client)
      })
    })
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#line.push(resolve))
  }

  #leave(): void {
    const next = this.#line.shift()
    if (next === undefined) this.#free++
    else next()
  }
}

/** A connection in use. After a failure that is not the server's answer, nothing more can be asked of it. */
export class AskedClient {
  readonly #client: PgPoolClient
  readonly #timeoutMs: number
  readonly #failures = new Set<unknown>()
  #isBroken = false

  constructor(client: PgPoolClient, timeoutMs: number) {
    this.#client = client
    this.#timeoutMs = timeoutMs
  }

  /** Whether it has to be closed. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Whether an error is that of a query, and not of what was done in between. */
  hasThrown(error: unknown): boolean {
    return this.#failures.has(error)
  }

  async query(query: PgQuery): Promise<PgRows> {
    try {
      return await this.#client.query({ ...query, query_timeout: this.#timeoutMs })
    } catch (error) {
      if (isLost(error)) this.#isBroken = true
      this.#failures.add(error)
      throw error
    }
  }

  /** Ends the transaction that failed; where that fails too, closing the connection does it. */
  async rollBack(): Promise<void> {
    if (this.#isBroken) return
    try {
      await this.query({ text: 'ROLLBACK' })
    } catch {
      this.#isBroken = true
    }
  }
}

function mayAskAgain(error: unknown, attempt: number, endMs: number): boolean {
  if (isRolledBack(error)) return attempt < ATTEMPTS_MAX
  return isLost(error) && monotonicMs() < endMs
}

function ignored(): void {
  // See where it is added.
}

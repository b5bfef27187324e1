import {
  clearInterval,
  clearTimeout,
  monotonicMs,
  setInterval,
  setTimeout,
  sleep,
} from '../base/clock.js'
import { backoffMs } from '../base/retry.js'
import type { SourceEvent, SourceListener } from '../versions/source/document-source.js'
import type { PgQuery, PgRows, PgSoloClient } from './driver.js'
import { decodeEvents } from './events.js'
import { failureOf, isTemporary, type Attempted } from './failure.js'
import type { Statements } from './statements.js'

export interface ChangeRules {
  readonly place: string
  readonly schemaName: string
  readonly statements: Statements
  readonly staleMs: number
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
}

/** At most this often are others notified, or asked for because they have notified. */
const GAP_MS = 20
const BACKOFF = { delayMs: 20, maxDelayMs: 500 }
/** More own commits that were not reported: then everything may have changed. */
const OWN_MAX = 10_000

/**
 * Asks for the commits of others, over a connection of its own that listens to notifications. They only say that it is
 * worth asking: what has changed comes from the table of commits, and an answer from memory needs a question that is not
 * older than `staleMs`. So a notification that is lost costs time, and no more than that.
 */
export class Changes {
  readonly #rules: ChangeRules
  readonly #makeClient: () => PgSoloClient
  readonly #channel: string
  #listener: SourceListener = () => undefined
  #connection: Promise<PgSoloClient> | undefined
  #client: PgSoloClient | undefined
  #isClosed = false
  /** What the last answer has shown. Without it, anything may have changed. */
  #snapshot: string | undefined
  #horizon = 0n
  #askedMs = Number.NEGATIVE_INFINITY
  #heardMs = Number.NEGATIVE_INFINITY
  #asking: { readonly sinceMs: number; readonly done: Promise<void> } | undefined
  #next: Promise<void> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #poll: ReturnType<typeof setInterval> | undefined
  #askTimer: ReturnType<typeof setTimeout> | undefined
  #announceTimer: ReturnType<typeof setTimeout> | undefined
  #announcedMs = Number.NEGATIVE_INFINITY
  /** Own commits from before the watchers: they are not news to them. */
  readonly #own = new Set<string>()

  constructor(rules: ChangeRules, makeClient: () => PgSoloClient) {
    this.#rules = rules
    this.#makeClient = makeClient
    this.#channel = `"holdfast:${rules.schemaName}"`
  }

  /** A transaction that begins now has a later id than each one before this. */
  get horizon(): bigint {
    return this.#horizon
  }

  listen(listener: SourceListener): void {
    this.#listener = listener
  }

  /** As `DocumentSource.refresh`. */
  refresh(fresh: boolean): Promise<void> | undefined {
    const now = monotonicMs()
    const oldestMs = Math.max(now - this.#rules.staleMs, this.#heardMs)
    const isKnown = this.#snapshot !== undefined && this.#askedMs >= oldestMs
    if (!fresh && this.#rules.staleMs > 0 && isKnown) return undefined
    if (!fresh && this.#asking !== undefined && this.#asking.sinceMs >= oldestMs)
      return this.#asking.done
    return this.#askAfterThis()
  }

  follow(): () => void {
    const everyMs = Math.max(this.#rules.staleMs, GAP_MS)
    this.#poll = setInterval(() => this.#askSoon(), everyMs)
    this.#poll.unref()
    this.#askSoon()
    return () => {
      clearInterval(this.#poll)
      this.#poll = undefined
    }
  }

  /** After a commit of this source: others hear of it, and watchers. */
  committed(mark: string): void {
    if (this.#poll === undefined) this.#own.add(mark)
    else this.#askSoon()
    if (this.#own.size > OWN_MAX) {
      this.#own.clear()
      this.#snapshot = undefined
    }
    if (this.#announceTimer !== undefined) return
    const waitMs = Math.max(0, this.#announcedMs + GAP_MS - monotonicMs())
    this.#announceTimer = setTimeout(() => void this.#announce(), waitMs)
    this.#announceTimer.unref()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#poll)
    clearTimeout(this.#askTimer)
    if (this.#announceTimer !== undefined) {
      clearTimeout(this.#announceTimer)
      await this.#announce()
    }
    await this.#turn.catch(() => undefined)
    const client = await this.#connection?.catch(() => undefined)
    // A program may have nothing left but this call: it must not end in the middle of it.
    client?.ref()
    const ended = client?.end().catch(() => undefined)
    // A network that is gone never confirms it; such a connection does not keep the process alive.
    await Promise.race([ended, timePassed(this.#rules.connectTimeoutMs)])
    client?.unref()
  }

  /** A question that is sent after this call; all who wait for one share it. */
  #askAfterThis(): Promise<void> {
    this.#next ??= (async () => {
      await this.#asking?.done.catch(() => undefined)
      const done = this.#ask()
      this.#asking = { sinceMs: monotonicMs(), done }
      this.#next = undefined
      try {
        await done
      } finally {
        this.#asking = undefined
      }
    })()
    return this.#next
  }

  #askSoon(): void {
    if (this.#askTimer !== undefined || this.#isClosed) return
    const waitMs = Math.max(0, this.#askedMs + GAP_MS - monotonicMs())
    this.#askTimer = setTimeout(() => {
      this.#askTimer = undefined
      // A server that is away is asked again at the next turn of the interval, or by the next call.
      this.#askAfterThis().catch(() => undefined)
    }, waitMs)
    this.#askTimer.unref()
  }

  async #ask(): Promise<void> {
    const attempted: Attempted = {
      what: 'Cannot ask for changes in',
      place: this.#rules.place,
      fallback: 'FS-LOAD-002',
    }
    const endMs = monotonicMs() + this.#rules.connectTimeoutMs
    for (let attempt = 1; ; attempt++) {
      try {
        const client = await this.#connected()
        const sinceMs = monotonicMs()
        const values = [this.#snapshot ?? null]
        const { rows } = await this.#query(client, { ...this.#rules.statements.changes, values })
        this.#take(rows)
        this.#askedMs = sinceMs
        return
      } catch (error) {
        this.#disconnected()
        if (!isTemporary(error) || monotonicMs() >= endMs || this.#isClosed)
          throw failureOf(error, attempted)
        await sleep(backoffMs(attempt, BACKOFF))
      }
    }
  }

  #take(rows: PgRows['rows']): void {
    const [first] = rows
    const snapshot = String(first?.['snapshot'])
    const isKnown = this.#snapshot !== undefined && first?.['is_pruned'] !== true
    this.#snapshot = snapshot
    this.#horizon = BigInt(snapshot.split(':')[1] ?? 0)
    const events = isKnown ? rows.flatMap((row) => this.#eventsOf(row)) : [RESET]
    if (!isKnown) this.#own.clear()
    if (events.length > 0) this.#listener(events)
  }

  #eventsOf({ mark, events }: PgRows['rows'][number]): readonly SourceEvent[] {
    if (typeof events !== 'string' || this.#own.delete(String(mark))) return []
    return decodeEvents(events)
  }

  /** The connection is used by one query at a time, and keeps the process alive only meanwhile. */
  async #query(client: PgSoloClient, query: PgQuery): Promise<PgRows> {
    const turn = this.#turn
      .catch(() => undefined)
      .then(async () => {
        client.ref()
        try {
          return await client.query({ ...query, query_timeout: this.#rules.answerTimeoutMs })
        } finally {
          client.unref()
        }
      })
    this.#turn = turn
    return await turn
  }

  async #connected(): Promise<PgSoloClient> {
    this.#connection ??= this.#connect()
    return await this.#connection
  }

  async #connect(): Promise<PgSoloClient> {
    const client = this.#makeClient()
    const lost = (): void => {
      if (this.#client === client) this.#disconnected()
    }
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', ({ processId }: { readonly processId: number }) => {
      if (processId === client.processID) return
      this.#heardMs = monotonicMs()
      if (this.#poll !== undefined) this.#askSoon()
    })
    await client.connect()
    this.#client = client
    await this.#query(client, { text: `LISTEN ${this.#channel}` })
    return client
  }

  /** What is committed before the next connection is not known: the server may even be another one. */
  #disconnected(): void {
    const client = this.#client
    this.#connection = undefined
    this.#client = undefined
    this.#snapshot = undefined
    client?.end().catch(() => undefined)
  }

  async #announce(): Promise<void> {
    this.#announceTimer = undefined
    this.#announcedMs = monotonicMs()
    try {
      await this.#query(await this.#connected(), { text: `NOTIFY ${this.#channel}` })
    } catch {
      // Others ask by themselves within their bound.
      this.#disconnected()
    }
  }
}

const RESET: SourceEvent = { kind: 'reset' }

async function timePassed(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}

import { monotonicMs, nextTurn, sleep } from '../base/clock.js'
import type { SourceEvent } from '../versions/source/document-source.js'
import { TRY_ALONE, type Database, type Outcome } from './database.js'
import { isBusy } from './driver.js'
import { failureOf } from './failure.js'
import type { Ask, Request, WriteOperation } from './messages.js'

/** Most calls of one transaction. */
const GROUP_MAX = 1024
/** How long to wait before the lock is tried again: at random, so that processes do not meet again. */
const LOCK_POLL_MAX_MS = 10

interface Waiting {
  readonly request: Request<WriteOperation>
  readonly endMs: number
}

export interface QueueRules {
  readonly file: string
  readonly lockTimeoutMs: number
}

/** Receives what calls came to, once it is committed. */
export type Answer = (
  requests: readonly Request[],
  outcomes: readonly Outcome[],
  events: readonly SourceEvent[],
) => void

/**
 * Commits all calls that wait in one transaction, so that many callers share one flush. The lock of another connection
 * is waited for between turns of the event loop, so reads go on meanwhile.
 */
export class WriteQueue {
  readonly #database: Pick<Database, 'commit'>
  readonly #rules: QueueRules
  readonly #answer: Answer
  #waiting: Waiting[] = []
  /** How many of those that wait are committed one by one. */
  #alone = 0
  #running: Promise<void> | undefined

  constructor(database: Pick<Database, 'commit'>, rules: QueueRules, answer: Answer) {
    this.#database = database
    this.#rules = rules
    this.#answer = answer
  }

  add(requests: readonly Request<WriteOperation>[]): void {
    const endMs = monotonicMs() + this.#rules.lockTimeoutMs
    for (const request of requests) this.#waiting.push({ request, endMs })
    this.#running ??= this.#run()
  }

  /** Resolves when all calls are answered. */
  async drain(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Calls of the same moment arrive in several messages.
    await nextTurn()
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, this.#alone > 0 ? 1 : GROUP_MAX)
      const busy = this.#commit(group.map(({ request }) => request))
      if (busy === undefined) await nextTurn()
      else await this.#waitForLock(busy)
    }
    this.#running = undefined
  }

  /** Commits the calls and answers them; returns the error if the database is locked, and nothing was done. */
  #commit(requests: readonly Request<WriteOperation>[]): unknown {
    try {
      const done = this.#database.commit(requests.map(({ ask }) => ask as Ask<WriteOperation>))
      if (done === TRY_ALONE) {
        this.#alone = requests.length
        return undefined
      }
      this.#alone = Math.max(0, this.#alone - 1)
      this.#waiting = this.#waiting.slice(requests.length)
      this.#answer(requests, done.outcomes, done.events)
      return undefined
    } catch (error) {
      if (!isBusy(error)) throw error
      return error
    }
  }

  async #waitForLock(error: unknown): Promise<void> {
    const now = monotonicMs()
    const late = this.#waiting.filter(({ endMs }) => endMs <= now)
    if (late.length > 0) {
      const failure = failureOf(error, 'write', this.#rules.file)
      const context = { ...failure.context, timeout_ms: this.#rules.lockTimeoutMs }
      this.#waiting = this.#waiting.filter(({ endMs }) => endMs > now)
      this.#answer(
        late.map(({ request }) => request),
        late.map(() => ({ failure: { ...failure, context } })),
        [],
      )
    }
    await sleep(1 + Math.random() * LOCK_POLL_MAX_MS)
  }
}

import { monotonicMs, sleep } from '../base/clock.js'
import { StorageError } from '../base/errors.js'
import { backoffMs } from '../base/retry.js'
import type { Changes } from './changes.js'
import type { AskedClient, Connections } from './connections.js'
import { failureOf, isLost, isRolledBack, unknownOutcome, type Attempted } from './failure.js'
import { newMark } from './mark.js'
import type { Statements } from './statements.js'

/** What a transaction does on its connection. It calls `sending` before it sends what commits. */
export type CommittingWork<Result> = (
  client: AskedClient,
  mark: string,
  sending: () => void,
) => Promise<Result>

/** How a commit ended: with the result of its work, or committed although the connection was lost. */
export type Committed<Result> =
  { readonly result: Result } | { readonly result: undefined; readonly isLost: true }

const ATTEMPTS_MAX = 5
const BACKOFF = { delayMs: 20, maxDelayMs: 500 }
/** How many commits are kept for those who ask what has changed, and after how many own ones others are pruned. */
const KEPT = 10_000
const PRUNED_AFTER = 2000

/** Commits, with the outcome known also where the connection is lost meanwhile. */
export class Commits {
  readonly #connections: Connections
  readonly #changes: Changes
  readonly #statements: Statements
  readonly #isReadOnly: boolean
  #count = 0

  constructor(
    connections: Connections,
    changes: Changes,
    statements: Statements,
    isReadOnly: boolean,
  ) {
    this.#connections = connections
    this.#changes = changes
    this.#statements = statements
    this.#isReadOnly = isReadOnly
  }

  /**
   * Makes a commit. Transactions that the server has rolled back because of others are made again; no others are.
   * @throws what the work throws; StorageError FS-TIMEOUT-001 with the outcome 'unknown' if the server could not be asked
   */
  async commit<Result>(work: CommittingWork<Result>): Promise<Committed<Result>> {
    const { place } = this.#connections
    if (this.#isReadOnly)
      throw new StorageError('FS-READONLY-001', `${place} is open for reading: nothing is changed`)
    const attempted: Attempted = { what: 'Cannot save to', place, fallback: 'FS-SAVE-001' }
    const { horizon } = this.#changes
    for (let attempt = 1; ; attempt++) {
      const mark = newMark()
      let isSent = false
      let used: AskedClient | undefined
      try {
        const result = await this.#connections.use(async (client) => {
          used = client
          return await work(client, mark, () => {
            isSent = true
          })
        })
        if (isSent) this.#committed(mark)
        return { result }
      } catch (error) {
        if (used?.hasThrown(error) === false) throw error
        if (isRolledBack(error) && attempt < ATTEMPTS_MAX) continue
        if (!isSent || !isLost(error)) throw failureOf(error, attempted)
        const outcome = await this.#outcomeOf(mark, horizon)
        if (outcome === 'unknown') throw unknownOutcome(error, attempted)
        if (outcome === 'none') throw failureOf(error, attempted)
        this.#committed(mark)
        return { result: undefined, isLost: true }
      }
    }
  }

  #committed(mark: string): void {
    this.#changes.committed(mark)
    if (++this.#count % PRUNED_AFTER !== 0) return
    // Rows that stay cost space only; the next one prunes them.
    this.#connections
      .use(async (client) => await client.query({ ...this.#statements.prune, values: [KEPT] }))
      .catch(() => undefined)
  }

  /**
   * Whether the transaction with a mark was committed. If not, it never will be: its mark is taken.
   * @param horizon a transaction id from before it
   */
  async #outcomeOf(mark: string, horizon: bigint): Promise<'committed' | 'none' | 'unknown'> {
    const endMs = this.#connections.endMs()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#connections.use(async (client) => {
          await client.query({ ...this.#statements.fence, values: [mark] })
          const { rows } = await client.query({ ...this.#statements.outcome, values: [mark] })
          if (rows[0]?.['is_committed'] === true) return 'committed'
          // What was pruned may have been this one.
          return BigInt(String(rows[0]?.['pruned'])) <= horizon ? 'none' : 'unknown'
        }, endMs)
      } catch {
        // Whatever keeps the server from answering: the caller learns that the outcome is unknown.
        if (monotonicMs() >= endMs) return 'unknown'
        await sleep(backoffMs(attempt, BACKOFF))
      }
    }
  }
}

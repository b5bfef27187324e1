import { monotonicMs, setTimeout, soon } from '../../base/clock.js'
import { DiskError } from '../../disk/disk-error.js'
import type { Committer, CommitReply, CommitRequest, CommitStatus } from '../../disk/disk.js'
import { concatenate, pendingOf, selectBatch, type Pending } from './batch.js'
import { goesAgain, isOfFrame, notAttempted, outcomeOf } from './commit-failure.js'
import type { DiskRetries } from '../disk-retries.js'
import { publish } from '../../base/channels.js'
import type { Change } from './transaction.js'

export interface QueueHost {
  readonly directory: string
  readonly committer: Committer
  readonly flush: boolean
  /** The most record bytes of one batch; a single larger transaction goes alone. */
  readonly batchBytesMax: () => number
  readonly lockTimeoutMs: number
  readonly nowMs: () => number
  readonly retries: DiskRetries
  /** Takes note of what was committed, before anybody is told. Undefined when that needed no waiting. */
  readonly applied: (reply: CommitReply, changes: readonly Change[]) => Promise<void> | undefined
  /** Mends what kept a batch from being committed. No commit is in flight meanwhile. */
  readonly maintain: (
    status: Exclude<CommitStatus, 'committed'>,
    waiting: readonly Pick<Pending, 'record' | 'changes'>[],
  ) => Promise<void>
  /** Nothing more can be written. */
  readonly poison: (cause: unknown) => void
}

/** Two batches at a time: one is staged while the other is flushed. */
const IN_FLIGHT_MAX = 2
/** From this many waiting transactions on, two half batches that overlap are faster than one. */
const SPLIT_FROM = 16
const STALL_PROBE_MS = 1000

/**
 * Group commit: whatever is waiting goes to the disk in one batch with one flush, and each caller gets its own result.
 * Transactions that touch the same path are never in flight together, so that they take effect in the order of calls.
 */
export class CommitQueue {
  readonly #host: QueueHost
  #waiting: Pending[] = []
  readonly #busyPaths = new Set<string>()
  #inFlight = 0
  #isAloneInFlight = false
  /** Others have committed since the last batch: they wait for the lock meanwhile, so each flush counts. */
  #isShared = false
  #scheduled = false
  #maintenance: Promise<void> | undefined
  #stalled: DiskError | undefined
  #idle: (() => void)[] = []
  #settledWaiters: (() => void)[] = []

  constructor(host: QueueHost) {
    this.#host = host
  }

  enqueue(record: Uint8Array, changes: readonly Change[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#stalled !== undefined) return reject(notAttempted(this.#stalled))
      this.#waiting.push(pendingOf({ record, changes, resolve, reject }, monotonicMs()))
      this.#schedule()
    })
  }

  /** Resolves when nothing is waiting or in flight. */
  async drain(): Promise<void> {
    if (this.#waiting.length === 0 && this.#inFlight === 0 && this.#maintenance === undefined)
      return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Rejects what is waiting; what is in flight ends by itself. */
  rejectWaiting(error: unknown): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const pending of waiting) pending.reject(outcomeOf(error, pending.retried))
  }

  /** Runs `work` while no commit is in flight. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#maintenance !== undefined) await this.#maintenance
    let result: Promise<Result> | undefined
    this.#maintenance = this.#settled().then(async () => {
      result = work()
      await result.catch(() => undefined)
    })
    await this.#maintenance
    this.#maintenance = undefined
    this.#schedule()
    return await (result as Promise<Result>)
  }

  /** Sends a frame of another kind between the batches. */
  async send(kind: CommitRequest['kind'], records: Uint8Array): Promise<CommitReply> {
    while (this.#maintenance !== undefined) await this.#maintenance
    this.#inFlight++
    try {
      return await this.#host.committer.commit({
        ...this.#emptyCommit(),
        kind,
        records,
        flush: true,
      })
    } finally {
      this.#inFlight--
      this.#wakeMaintenance()
      this.#schedule()
    }
  }

  /** All that is asked for in one turn of the event loop goes into the same batch. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    soon(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#maintenance === undefined && this.#inFlight < this.#inFlightMax) {
      const batch = this.#takeBatch()
      if (batch.length === 0) break
      void this.#run(batch)
    }
    if (this.#waiting.length === 0 && this.#inFlight === 0 && this.#maintenance === undefined) {
      for (const idle of this.#idle.splice(0)) idle()
    }
  }

  /** What found too few descriptors beside others gets them all. */
  get #inFlightMax(): number {
    return this.#isAloneInFlight || this.#waiting[0]?.alone === true ? 1 : IN_FLIGHT_MAX
  }

  #takeBatch(): readonly Pending[] {
    const split = !this.#isShared && this.#inFlight === 0 && this.#waiting.length >= SPLIT_FROM
    const { batch, left } = selectBatch(this.#waiting, this.#busyPaths, {
      transactions: split ? Math.ceil(this.#waiting.length / 2) : this.#waiting.length,
      bytes: this.#host.batchBytesMax(),
    })
    for (const pending of batch) for (const { path } of pending.changes) this.#busyPaths.add(path)
    this.#waiting = left
    return batch
  }

  async #run(batch: readonly Pending[]): Promise<void> {
    this.#inFlight++
    this.#isAloneInFlight = batch[0]?.alone === true
    try {
      const startedMs = monotonicMs()
      const reply = await this.#host.committer.commit({
        kind: 'commit',
        records: concatenate(batch),
        transactionCount: batch.length,
        flush: this.#host.flush,
        timeMs: this.#host.nowMs(),
        lockTimeoutMs: this.#host.lockTimeoutMs,
      })
      if (reply.status === 'committed') await this.#settle(batch, reply, startedMs)
      else this.#again(batch, reply.status)
    } catch (error) {
      this.#fail(batch, error)
    } finally {
      this.#inFlight--
      if (batch[0]?.alone === true) this.#isAloneInFlight = false
      this.#release(batch)
      this.#wakeMaintenance()
      this.#pump()
    }
  }

  async #settle(batch: readonly Pending[], reply: CommitReply, startedMs: number): Promise<void> {
    const committed = batch.filter((_, place) => reply.outcomes[place] === undefined)
    publish('commit', () => ({
      directory: this.#host.directory,
      transactions: committed.length,
      operations: committed.reduce((sum, { changes }) => sum + changes.length, 0),
      bytes: Math.max(0, reply.to.offset - reply.from.offset),
      lsn: reply.to.lsn,
      durationMs: monotonicMs() - startedMs,
    }))
    const waits = this.#host.applied(
      reply,
      committed.flatMap((pending) => pending.changes),
    )
    this.#isShared = waits !== undefined
    if (waits !== undefined) await this.#followed(waits)
    for (const pending of committed) pending.resolve()
    const again = batch.filter((pending, place) =>
      goesAgain(pending, reply.outcomes[place], this.#host, () => this.#pump()),
    )
    this.#waiting.unshift(...again)
  }

  /** A commit stands even if the journal cannot be followed now: whoever reads next tries again and hears of it. */
  async #followed(waits: Promise<void>): Promise<void> {
    try {
      await waits
    } catch (error) {
      const { directory } = this.#host
      publish('background-error', () => ({ directory, stage: 'follow', error }))
    }
  }

  #again(batch: readonly Pending[], status: Exclude<CommitStatus, 'committed'>): void {
    this.#waiting.unshift(...batch)
    void this.#maintain(status)
  }

  /** One repair at a time; a batch that met the same trouble meanwhile just tries again. */
  async #maintain(status: Exclude<CommitStatus, 'committed'>): Promise<void> {
    if (this.#maintenance !== undefined) return
    await this.exclusively(async () => {
      try {
        await this.#host.maintain(status, this.#waiting)
      } catch (error) {
        // Before commits go on: the waiting batch would meet the same trouble again, and again.
        this.rejectWaiting(error)
      }
    })
  }

  #fail(batch: readonly Pending[], error: unknown): void {
    const { phase, reason } = error instanceof DiskError ? error : {}
    const isWritten = isOfFrame(error)
    if (reason === 'timeout') this.#stall(error as DiskError)
    else if (isWritten) {
      if (this.#retryElsewhere(batch)) return
      this.#host.poison(error)
    } else if (phase === 'publish') void this.#maintain('unclean')
    for (const pending of batch) pending.reject(outcomeOf(error, isWritten || pending.retried))
  }

  /** A failed flush is final for its segment; what was not acknowledged may go to a new one, once. */
  #retryElsewhere(batch: readonly Pending[]): boolean {
    if (!this.#host.flush || batch.some((pending) => pending.retried)) return false
    for (const pending of batch) pending.retried = true
    this.#again(batch, 'poisoned')
    return true
  }

  /** The disk hangs: nothing is acknowledged until it has answered. */
  #stall(error: DiskError): void {
    if (this.#stalled !== undefined) return
    this.#stalled = error
    this.rejectWaiting(notAttempted(error))
    void this.#probe()
  }

  /** An empty commit waits its turn behind the one that hangs. */
  async #probe(): Promise<void> {
    while (this.#stalled !== undefined) {
      try {
        await this.#host.committer.commit(this.#emptyCommit())
        this.#stalled = undefined
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        await new Promise((resolve) => setTimeout(resolve, STALL_PROBE_MS).unref())
      }
    }
  }

  #emptyCommit(): CommitRequest {
    return {
      kind: 'commit',
      records: new Uint8Array(0),
      transactionCount: 0,
      flush: false,
      timeMs: this.#host.nowMs(),
      lockTimeoutMs: this.#host.lockTimeoutMs,
    }
  }

  #release(batch: readonly Pending[]): void {
    for (const { path } of batch.flatMap(({ changes }) => changes)) this.#busyPaths.delete(path)
  }

  async #settled(): Promise<void> {
    if (this.#inFlight === 0) return
    await new Promise<void>((resolve) => this.#settledWaiters.push(resolve))
  }

  #wakeMaintenance(): void {
    if (this.#inFlight > 0) return
    for (const wake of this.#settledWaiters.splice(0)) wake()
  }
}

import { monotonicMs, setTimeout, soon } from '../../base/clock.js'
import { DiskError } from '../../disk/disk-error.js'
import type { CommitReply, CommitStatus } from '../../disk/disk.js'
import {
  concatenate,
  goesAgain,
  isOfFrame,
  notAttempted,
  outcomeOf,
  pendingOf,
  selectBatch,
  type Pending,
  type RetryHost,
} from './batch.js'
import type { ResolvedDirectoryOptions } from '../directory-options.js'
import type { Gate } from '../journal/gate.js'
import type { Journal } from '../journal/journal.js'
import type { DiskRetries } from '../disk-retries.js'
import { publish } from '../../base/channels.js'
import type { Change } from './transaction.js'

/** Most record bytes of one batch; a single larger transaction goes alone. */
const BATCH_BYTES_MAX = 1024 * 1024
/** Two batches at a time: one is staged while the other is flushed. */
const IN_FLIGHT_MAX = 2
/** From this many waiting transactions on, two half batches that overlap are faster than one. */
const SPLIT_FROM = 16
const STALL_PROBE_MS = 1000

/**
 * Group commit: waiting transactions go to the disk in one batch with one flush; each caller gets its own result.
 * Transactions that touch the same path are never in flight together, so that they take effect in the order of calls.
 */
export class GroupCommit {
  readonly #journal: Journal
  readonly #gate: Gate
  readonly #retry: RetryHost
  readonly #flushes: boolean
  #waiting: Pending[] = []
  readonly #busyPaths = new Set<string>()
  #isAloneInFlight = false
  /** Other processes have committed since the last batch: they wait for the lock meanwhile, so each flush counts. */
  #isShared = false
  #scheduled = false
  #stalled: DiskError | undefined
  #idle: (() => void)[] = []

  constructor(journal: Journal, retries: DiskRetries, options: ResolvedDirectoryOptions) {
    const { lockTimeoutMs, durability } = options
    this.#journal = journal
    this.#gate = journal.gate
    this.#retry = { retries, lockTimeoutMs }
    this.#flushes = durability === 'commit'
    this.#gate.onFree(() => this.#schedule())
    journal.onReadOnly((cause) => this.#rejectWaiting(cause))
  }

  /**
   * Resolves when the record is committed, as its outcome says.
   * @param holds asked right before the record is sent, when all is known that was committed before the current segment
   * began; if it returns false, nothing is done, and the call resolves to false
   */
  async commit(
    record: Uint8Array,
    changes: readonly Change[],
    paths: readonly string[],
    holds?: () => boolean,
  ): Promise<boolean> {
    this.#journal.assertWritable()
    if (!this.#journal.fits(record)) await this.#journal.makeRoomFor(record, changes.length)
    return await this.#enqueue({ record, changes, paths, holds })
  }

  #enqueue(transaction: Pick<Pending, 'record' | 'changes' | 'paths' | 'holds'>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#stalled !== undefined) return reject(notAttempted(this.#stalled))
      this.#waiting.push(pendingOf({ ...transaction, resolve, reject }, monotonicMs()))
      this.#schedule()
    })
  }

  /** Resolves when nothing is waiting or in flight. */
  async drain(): Promise<void> {
    if (this.#isIdle) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  get #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#gate.isIdle
  }

  /** Rejects waiting transactions; those in flight end by themselves. */
  #rejectWaiting(error: unknown): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const pending of waiting) pending.reject(outcomeOf(error, pending.retried))
  }

  /** All commits of one turn of the event loop go into the same batch. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    soon(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    while (!this.#gate.isClosed && this.#gate.inside < this.#inFlightMax) {
      const batch = this.#takeBatch()
      if (batch.length === 0) break
      void this.#run(batch)
    }
    if (this.#isIdle) for (const idle of this.#idle.splice(0)) idle()
  }

  /** A transaction that found too few descriptors beside others gets them all. */
  get #inFlightMax(): number {
    return this.#isAloneInFlight || this.#waiting[0]?.alone === true ? 1 : IN_FLIGHT_MAX
  }

  #takeBatch(): readonly Pending[] {
    const isFirst = !this.#isShared && this.#gate.inside === 0
    const split = isFirst && this.#waiting.length >= SPLIT_FROM
    const { batch, left } = selectBatch(this.#waiting, this.#busyPaths, {
      transactions: split ? Math.ceil(this.#waiting.length / 2) : this.#waiting.length,
      bytes: Math.min(BATCH_BYTES_MAX, Math.floor(this.#journal.segment.bytes / 2)),
    })
    for (const pending of batch) for (const path of pending.paths) this.#busyPaths.add(path)
    this.#waiting = left
    return batch
  }

  async #run(batch: readonly Pending[]): Promise<void> {
    this.#gate.enter()
    this.#isAloneInFlight = batch[0]?.alone === true
    let sent = batch
    try {
      // All commits before a fence are known before the first one after it: see `Store.fence`.
      if (this.#journal.isBehindSegment) await this.#journal.refresh()
      sent = thatHold(batch)
      if (sent.length > 0) await this.#send(sent)
    } catch (error) {
      this.#fail(sent, error)
    } finally {
      if (batch[0]?.alone === true) this.#isAloneInFlight = false
      this.#release(batch)
      this.#gate.leave()
      this.#pump()
    }
  }

  async #send(batch: readonly Pending[]): Promise<void> {
    const startedMs = monotonicMs()
    const reply = await this.#journal.append(concatenate(batch), batch.length)
    if (reply.status === 'committed') await this.#onCommitted(batch, reply, startedMs)
    else this.#again(batch, reply.status)
  }

  async #onCommitted(
    batch: readonly Pending[],
    reply: CommitReply,
    startedMs: number,
  ): Promise<void> {
    const committed = batch.filter((_, place) => reply.outcomes[place] === undefined)
    publish('commit', () => ({
      directory: this.#journal.directory,
      transactions: committed.length,
      operations: committed.reduce((sum, { changes }) => sum + changes.length, 0),
      bytes: Math.max(0, reply.to.offset - reply.from.offset),
      lsn: reply.to.lsn,
      durationMs: monotonicMs() - startedMs,
    }))
    const waits = this.#journal.onCommitted(
      reply,
      committed.flatMap((pending) => pending.changes),
    )
    this.#isShared = waits !== undefined
    if (waits !== undefined) await this.#followed(waits)
    for (const pending of committed) pending.resolve(true)
    const again = batch.filter((pending, place) =>
      goesAgain(pending, reply.outcomes[place], this.#retry, () => this.#pump()),
    )
    this.#waiting.unshift(...again)
  }

  /** A commit holds even if the journal cannot be followed now: the next reader tries again and gets the failure. */
  async #followed(waits: Promise<void>): Promise<void> {
    try {
      await waits
    } catch (error) {
      const { directory } = this.#journal
      publish('background-error', () => ({ directory, stage: 'follow', error }))
    }
  }

  #again(batch: readonly Pending[], status: Exclude<CommitStatus, 'committed'>): void {
    this.#waiting.unshift(...batch)
    void this.#repair(status)
  }

  /** One repair at a time; a batch that failed for the same reason meanwhile just tries again. */
  async #repair(status: Exclude<CommitStatus, 'committed'>): Promise<void> {
    if (this.#gate.isClosed) return
    await this.#gate.alone(async () => {
      try {
        await this.#journal.repair(status, this.#waiting)
      } catch (error) {
        // Before commits go on: the waiting batch would fail in the same way again and again.
        this.#rejectWaiting(error)
      }
    })
  }

  #fail(batch: readonly Pending[], error: unknown): void {
    const { phase, reason } = error instanceof DiskError ? error : {}
    const isWritten = isOfFrame(error)
    if (reason === 'timeout') this.#stall(error as DiskError)
    else if (isWritten) {
      if (this.#retryElsewhere(batch)) return
      this.#journal.becomeReadOnly(error)
    } else if (phase === 'publish') void this.#repair('unclean')
    for (const pending of batch) pending.reject(outcomeOf(error, isWritten || pending.retried))
  }

  /** A failed flush is final for its segment; unacknowledged transactions may go to a new one, once. */
  #retryElsewhere(batch: readonly Pending[]): boolean {
    if (!this.#flushes || batch.some((pending) => pending.retried)) return false
    for (const pending of batch) pending.retried = true
    this.#again(batch, 'poisoned')
    return true
  }

  /** The disk hangs: nothing is acknowledged until it answers. */
  #stall(error: DiskError): void {
    if (this.#stalled !== undefined) return
    this.#stalled = error
    this.#rejectWaiting(notAttempted(error))
    void this.#probe()
  }

  /** An empty commit waits its turn behind the one that hangs. */
  async #probe(): Promise<void> {
    while (this.#stalled !== undefined) {
      try {
        await this.#journal.probe()
        this.#stalled = undefined
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        await new Promise((resolve) => setTimeout(resolve, STALL_PROBE_MS).unref())
      }
    }
  }

  #release(batch: readonly Pending[]): void {
    for (const path of batch.flatMap(({ paths }) => paths)) this.#busyPaths.delete(path)
  }
}

/** Refuses the transactions that no longer hold, and returns the others. */
function thatHold(batch: readonly Pending[]): readonly Pending[] {
  return batch.filter(({ holds, resolve }) => {
    if (holds === undefined || holds()) return true
    resolve(false)
    return false
  })
}

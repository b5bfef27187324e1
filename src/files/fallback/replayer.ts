import { toError } from '../../base/values.js'
import { clearTimeout, setTimeout } from '../../base/clock.js'
import type { Lock } from '../../engine/disk-port.js'
import { REPLAY_LOCK_FILE } from '../../document/store-names.js'
import { isStorageError, type StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import type { ConflictPolicy } from '../conflict.js'
import type { KeyedQueue } from '../../base/keyed-queue.js'
import { isOutage, outageOf, type Outage } from '../../objects/failure.js'
import { replayEntry, type ReplayParts } from './replay.js'

/** How long a replay with a waiting caller waits for that of another process. */
const LOCK_WAIT_MS = 10_000

/** What a replay has done. */
export interface SyncReport {
  readonly replayed: number
  /** Keys that another client had changed as well, so that the policy has decided. */
  readonly conflicts: readonly string[]
  /** Keys that were tried and are still pending, and why. */
  readonly failed: readonly SyncFailure[]
  /** Keys that are still pending, those that were not tried included. */
  readonly pending: number
}

const NOTHING: Omit<SyncReport, 'pending'> = Object.freeze({
  replayed: 0,
  conflicts: [],
  failed: [],
})

export interface SyncFailure {
  readonly key: string
  readonly code: string
  readonly message: string
}

export interface ReplayerOptions {
  readonly policy: ConflictPolicy
  /** Wait after the first failure, in ms; doubled with each further one. */
  readonly retryMinMs: number
  /** Longest wait between two attempts, in ms. */
  readonly retryIntervalMs: number
}

/**
 * Replays the outbox: by itself while it has entries, one run at a time among all processes that share it. Two at once
 * could bring back a file: one would create it in the cloud after the other has, and another client has deleted it.
 */
export class Replayer {
  readonly #parts: ReplayParts
  readonly #queue: KeyedQueue
  readonly #options: ReplayerOptions
  #timer: NodeJS.Timeout | undefined
  #waitMs: number
  #running: Promise<unknown> = Promise.resolve()
  readonly #stopping = new AbortController()
  #outage: Outage | undefined

  constructor(parts: ReplayParts, queue: KeyedQueue, options: ReplayerOptions) {
    this.#parts = parts
    this.#queue = queue
    this.#options = options
    this.#waitMs = options.retryMinMs
  }

  /** Whether the cloud has failed and has not worked since. */
  get isDown(): boolean {
    return this.#outage !== undefined
  }

  get outage(): Outage | undefined {
    return this.#outage
  }

  /** The cloud has failed: it is tried again after growing waits. */
  noteDown(error: StorageError): void {
    this.#turn(outageOf(error))
    this.#schedule(this.#waitMs)
  }

  /** The cloud has answered: pending changes do not need to wait any longer. */
  noteUp(): void {
    if (this.#outage === undefined) return
    this.#turn(undefined)
    this.#waitMs = this.#options.retryMinMs
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#schedule(0)
  }

  /** There is something to replay. */
  wake(): void {
    this.#schedule(this.#waitMs)
  }

  /** Replays pending changes now, in their order; stops when the cloud is down, or another process keeps replaying. */
  async run(policy?: ConflictPolicy): Promise<SyncReport> {
    return await this.#runNext(policy ?? this.#options.policy, LOCK_WAIT_MS)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#running
  }

  #schedule(waitMs: number): void {
    if (this.#stopping.signal.aborted || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#runByItself()
    }, waitMs)
    this.#timer.unref()
  }

  /** Without a waiting caller: failures go to the channel and show in the counts. */
  async #runByItself(): Promise<void> {
    this.#waitMs = Math.min(this.#waitMs * 2, this.#options.retryIntervalMs)
    try {
      const report = await this.#runNext(this.#options.policy, 0)
      if (report.pending > 0 || this.isDown) this.#schedule(this.#waitMs)
      else this.#waitMs = this.#options.retryMinMs
    } catch (error) {
      this.#tell(error)
      this.#schedule(this.#waitMs)
    }
  }

  async #runNext(policy: ConflictPolicy, lockWaitMs: number): Promise<SyncReport> {
    const run = this.#running.then(async () => await this.#runAlone(policy, lockWaitMs))
    this.#running = run.catch(() => undefined)
    return await run
  }

  async #runAlone(policy: ConflictPolicy, lockWaitMs: number): Promise<SyncReport> {
    const lock = await this.#tryLock(lockWaitMs)
    if (lock === undefined) return { ...NOTHING, pending: (await this.#parts.outbox.all()).length }
    try {
      return await this.#replayAll(policy)
    } finally {
      await lock.release()
    }
  }

  /** Undefined while another process replays. */
  async #tryLock(timeoutMs: number): Promise<Lock | undefined> {
    const { signal } = this.#stopping
    if (signal.aborted) return undefined
    try {
      const { volume } = this.#parts.local.directory
      return await volume.lock(REPLAY_LOCK_FILE, { timeoutMs, signal })
    } catch (error) {
      const isBusy = isStorageError(error, 'FS-LOCK-001')
      if (isBusy || signal.aborted) return undefined
      throw error
    }
  }

  async #replayAll(policy: ConflictPolicy): Promise<SyncReport> {
    const { outbox } = this.#parts
    const report = { replayed: 0, conflicts: [] as string[], failed: [] as SyncFailure[] }
    for (const { entry } of await outbox.all()) {
      if (this.#stopping.signal.aborted) break
      const { key } = entry
      try {
        const outcome = await this.#queue.run(
          key,
          async () => await replayEntry(this.#parts, key, policy),
        )
        this.#turn(undefined)
        report.replayed++
        if (outcome === 'conflict') this.#tellConflict(key, policy, report.conflicts)
      } catch (error) {
        report.failed.push(failureOf(key, error))
        if (isOutage(error)) {
          this.#turn(outageOf(error))
          break
        }
        this.#tell(error)
      }
    }
    const pending = (await outbox.all()).length
    if (pending === 0 && this.isDown) await this.#askTheCloud()
    return { ...report, pending }
  }

  /** With nothing pending, no replay finds out whether the cloud answers again. */
  async #askTheCloud(): Promise<void> {
    try {
      await this.#parts.cloud.list({ prefix: '', limit: 1 })
      this.#turn(undefined)
    } catch (error) {
      if (!isOutage(error)) throw error
      this.#turn(outageOf(error))
    }
  }

  /** Reports the start and the end of an outage, and a change of its code, each once. */
  #turn(outage: Outage | undefined): void {
    const before = this.#outage
    this.#outage = outage
    if (before?.code === outage?.code) return
    const directory = this.#parts.local.directory.path
    const code = outage?.code ?? 'cloud-up'
    const message =
      outage === undefined
        ? 'The cloud answers again'
        : `Files are stored locally: ${outage.message}`
    publish('warning', () => ({ directory, code, message }))
  }

  #tellConflict(key: string, policy: ConflictPolicy, conflicts: string[]): void {
    conflicts.push(key)
    publish('warning', () => ({
      directory: this.#parts.local.directory.path,
      code: 'cloud-conflict',
      message: `'${key}' was changed in the cloud as well during an outage (${policy})`,
    }))
  }

  #tell(error: unknown): void {
    const directory = this.#parts.local.directory.path
    publish('background-error', () => ({ directory, stage: 'replay', error }))
  }
}

function failureOf(key: string, error: unknown): SyncFailure {
  const { message } = toError(error)
  return { key, code: isStorageError(error) ? error.code : 'none', message }
}

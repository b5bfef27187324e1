import { clearInterval, nowMs, setInterval } from '../../base/clock.js'
import { publish } from '../../base/channels.js'
import type { DiskSpace } from '../../disk/disk.js'
import { checkpoint } from './checkpoint.js'
import type { ResolvedDirectoryOptions } from '../directory-options.js'
import { beginFreshSegment } from '../journal/room.js'
import { SpaceAlarm } from '../space-alarm.js'
import { abandonedStaged, sweepStaged } from './sweep-staged.js'
import type { BatchNote, Writer } from '../commit/writer.js'

/** Writes state derived from the files when a checkpoint does; `lsn` is how far the files are known to be flushed. */
export type DerivedWriter = (lsn: number) => Promise<void>

/**
 * What happens beside the commits: checkpoints, spare segments, interval flushes. Nobody awaits it, so its failures
 * are counted and published, and never end the process.
 */
export class Upkeep {
  readonly #derived: DerivedWriter[] = []
  #isDerivedOld = false
  readonly #writer: Writer
  readonly #options: ResolvedDirectoryOptions
  readonly #timers: NodeJS.Timeout[] = []
  #checkpointing: Promise<boolean> | undefined
  /** The segment in whose second half the next one was seen to: once, for looking costs calls of its own. */
  #sparedSequence = 0
  #background: Promise<void> = Promise.resolve()
  #journaledBytes = 0
  #sinceCheckpointBytes = 0
  #lastBatchMs = nowMs()
  #backgroundErrors = 0
  readonly #spaceAlarm = new SpaceAlarm()
  #stopped = false

  constructor(writer: Writer, options: ResolvedDirectoryOptions) {
    this.#writer = writer
    this.#options = options
    this.#every(
      options.checkpointIdleMs,
      'checkpoint',
      async () => await this.#checkpointWhenIdle(),
    )
    if (options.durability === 'interval') {
      this.#every(options.flushIntervalMs, 'flush', async () => await this.#flushInterval())
    }
  }

  get backgroundErrors(): number {
    return this.#backgroundErrors
  }

  get journaledBytes(): number {
    return this.#journaledBytes
  }

  /** As `DurableDirectory.onCheckpoint`. */
  addDerived(write: DerivedWriter, loadedAsOf = -1): void {
    this.#derived.push(write)
    if (loadedAsOf < this.#writer.parts.committer.page.getU64('checkpoint'))
      this.#isDerivedOld = true
  }

  /** Called for each batch of this process. */
  noteBatch({ offset, bytes }: BatchNote): void {
    this.#journaledBytes += bytes
    this.#sinceCheckpointBytes += bytes
    this.#lastBatchMs = nowMs()
    if (this.#sinceCheckpointBytes >= this.#journalBytesMax) {
      this.#sinceCheckpointBytes = 0
      this.#inBackground('checkpoint', async () => void (await this.checkpoint(false)))
    }
    const { sequence, bytes: segmentBytes } = this.#writer.parts.segments.current
    if (offset > segmentBytes / 2 && sequence !== this.#sparedSequence) this.#prepareSpare(sequence)
  }

  /** On a disk with room for small segments only, the journal as a whole is kept smaller in the same proportion. */
  get #journalBytesMax(): number {
    const { journalBytes, segmentBytes } = this.#options
    return journalBytes * Math.min(1, this.#writer.parts.segments.current.bytes / segmentBytes)
  }

  /** How much room there is. Every question passes here, so that each one can raise the alarm. */
  async space(): Promise<DiskSpace> {
    const { volume } = this.#writer.parts
    const space = await volume.space()
    this.#spaceAlarm.note(volume.directory, space)
    return space
  }

  /** One checkpoint at a time; false when another process is at it and `wait` is not set. */
  async checkpoint(wait: boolean): Promise<boolean> {
    while (this.#checkpointing !== undefined) await this.#checkpointing.catch(() => false)
    if (this.#writer.poison !== undefined) return false
    this.#checkpointing = this.#runCheckpoint(wait)
    try {
      return await this.#checkpointing
    } finally {
      this.#checkpointing = undefined
    }
  }

  /**
   * Removes what earlier commits have left in the journal: a new segment begins, the files are flushed in place, and the
   * segments before it, and the spares that were made of such, go.
   */
  async shredJournal(): Promise<void> {
    const { committer, segments } = this.#writer.parts
    const lsn = await this.#writer.underLock(async () => {
      await this.#writer.useCurrentSegment()
      return await beginFreshSegment(this.#writer.parts)
    })
    await this.checkpoint(true)
    this.#writer.assertWritable()
    await this.#note(Math.max(lsn, committer.page.getU64('checkpoint')))
    await this.#writer.underLock(async () => await segments.removeSpares())
  }

  /** Ends the timers and waits for what is under way. From then on nothing begins: the last checkpoint is a batch too. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) clearInterval(timer)
    await this.#background
  }

  async #runCheckpoint(wait: boolean): Promise<boolean> {
    const { parts } = this.#writer
    const { volume, dirty, follower } = parts
    const { page } = parts.committer
    return await checkpoint(
      {
        volume,
        dirty,
        lockTimeoutMs: this.#options.lockTimeoutMs,
        sawAllWrites: () => parts.wasAlone,
        refresh: async () => {
          await this.#writer.settle()
          return follower.position.lsn
        },
        isSuspect: () => page.getU64('suspect') > page.getU64('checkpoint'),
        suspect: (lsn, error) => {
          page.setU64('suspect', Math.max(lsn, page.getU64('suspect')))
          this.#noteError('checkpoint', error)
        },
        rewrite: async () => await this.#writer.rewriteFromJournal(),
        // Derived state can be made anew: without space for it, the checkpoint is none the worse.
        isDerivedOld: () => this.#isDerivedOld,
        writeDerived: async (lsn) => {
          this.#isDerivedOld = false
          for (const write of this.#derived) {
            await this.#guard('derived state', async () => await write(lsn))
          }
        },
        note: async (lsn) => await this.#note(lsn),
        nowMs,
      },
      wait,
    )
  }

  async #note(lsn: number): Promise<void> {
    const { committer, segments } = this.#writer.parts
    await this.#writer.noteCheckpoint(lsn)
    await this.#guard('space', async () => void (await this.space()))
    await this.#writer.underLock(async () => {
      await segments.recycle(committer.page, lsn)
      await this.#guard('reserve', async () => await segments.keepReserve())
    })
    await this.#guard('staged', async () => await this.#sweepStaged())
  }

  /** The lock, and a look at the journal, are taken only when a dead process has left something. */
  async #sweepStaged(): Promise<void> {
    const { volume, committer } = this.#writer.parts
    if ((await abandonedStaged(volume)).length === 0) return
    await this.#writer.underLock(async () => await sweepStaged(volume, committer))
  }

  #prepareSpare(sequence: number): void {
    this.#sparedSequence = sequence
    const { segments } = this.#writer.parts
    this.#inBackground('spare segment', async () => await segments.prepareSpare())
  }

  async #checkpointWhenIdle(): Promise<void> {
    const idle = nowMs() - this.#lastBatchMs >= this.#options.checkpointIdleMs
    const isNeeded = this.#writer.parts.dirty.size > 0 || this.#isDerivedOld
    if (idle && isNeeded && this.#checkpointing === undefined) await this.checkpoint(false)
  }

  async #flushInterval(): Promise<void> {
    if (this.#writer.poison === undefined) await this.#writer.flush()
  }

  #every(ms: number, stage: string, work: () => Promise<void>): void {
    this.#timers.push(setInterval(() => this.#inBackground(stage, work), ms).unref())
  }

  #inBackground(stage: string, work: () => Promise<void>): void {
    if (this.#stopped) return
    this.#background = Promise.all([this.#background, this.#guard(stage, work)]).then(
      () => undefined,
    )
  }

  async #guard(stage: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#noteError(stage, error)
    }
  }

  #noteError(stage: string, error: unknown): void {
    this.#backgroundErrors++
    const { directory } = this.#writer.parts.volume
    publish('background-error', () => ({ directory, stage, error }))
  }
}

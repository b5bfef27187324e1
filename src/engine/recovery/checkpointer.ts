import { nowMs } from '../../base/clock.js'
import { publish } from '../../base/channels.js'
import { DiskError } from '../../disk/disk-error.js'
import type { DiskSpace, Lock, Volume } from '../../disk/disk.js'
import { CHECKPOINT_LOCK_FILE } from '../../format/layout.js'
import type { Background } from '../background.js'
import type { ResolvedDirectoryOptions } from '../directory-options.js'
import type { Appended } from '../journal/feed.js'
import type { Journal } from '../journal/journal.js'
import { SpaceAlarm } from '../disk-space.js'

/** Writes state derived from the files when a checkpoint does; `lsn` is how far the files are known to be flushed. */
export type DerivedWriter = (lsn: number) => Promise<void>

/** More changes than this are flushed by one flush of the file system, where there is one. */
const FLUSH_EACH_MAX = 256
/** Files flushed per call: naming them to the disk takes the calling thread some time, and each call has a deadline. */
const FLUSH_TOGETHER = 256

/**
 * Checkpoints: everything published so far is flushed in place, derived state is written, the journal notes how far it
 * is no longer needed, and its segments are reused. Saves go on meanwhile. They run by themselves when the store is
 * idle or the journal is long; so does the preparation of the next segment.
 */
export class Checkpointer {
  readonly #volume: Volume
  readonly #journal: Journal
  readonly #background: Background
  readonly #options: ResolvedDirectoryOptions
  readonly #derived: DerivedWriter[] = []
  /** Derived state is to be written though nothing has changed. */
  #isDerivedOld = false
  #running: Promise<boolean> | undefined
  /** The segment in whose second half the next one was prepared: once, since checking costs calls of its own. */
  #sparedSequence = 0
  #journaledBytes = 0
  #sinceCheckpointBytes = 0
  #lastBatchMs = nowMs()
  readonly #spaceAlarm = new SpaceAlarm()

  constructor(
    volume: Volume,
    journal: Journal,
    background: Background,
    options: ResolvedDirectoryOptions,
  ) {
    this.#volume = volume
    this.#journal = journal
    this.#background = background
    this.#options = options
    journal.onAppended((appended) => this.#noteBatch(appended))
    const { checkpointIdleMs } = options
    background.every(checkpointIdleMs, 'checkpoint', async () => await this.#runWhenIdle())
  }

  get journaledBytes(): number {
    return this.#journaledBytes
  }

  /** As `Store.onCheckpoint`. */
  addDerived(write: DerivedWriter, loadedAsOf = -1): void {
    this.#derived.push(write)
    if (loadedAsOf < this.#journal.checkpointLsn) this.#isDerivedOld = true
  }

  /** How much room there is. Every query passes here, so that each can raise the alarm. */
  async space(): Promise<DiskSpace> {
    const space = await this.#volume.space()
    this.#spaceAlarm.note(this.#volume.directory, space)
    return space
  }

  /** One checkpoint at a time; false when another process is running one and `wait` is not set. */
  async checkpoint(wait: boolean): Promise<boolean> {
    while (this.#running !== undefined) await this.#running.catch(() => false)
    if (this.#journal.poison !== undefined) return false
    this.#running = this.#run(wait)
    try {
      return await this.#running
    } finally {
      this.#running = undefined
    }
  }

  /**
   * Removes what earlier commits have left in the journal: a new segment begins, the files are flushed in place, and
   * the segments before it, and the spares made of such segments, are removed.
   */
  async shred(): Promise<void> {
    const journal = this.#journal
    const lsn = await journal.turn({ fresh: true })
    await this.checkpoint(true)
    journal.assertWritable()
    await this.#note(Math.max(lsn, journal.checkpointLsn))
    await journal.removeSpares()
  }

  async #run(wait: boolean): Promise<boolean> {
    const lock = await this.#tryLock(wait)
    if (lock === undefined) return false
    try {
      await this.#runLocked()
      return true
    } finally {
      await lock.release()
    }
  }

  async #runLocked(): Promise<void> {
    const journal = this.#journal
    const startedMs = nowMs()
    await journal.waitForPublish()
    const { lsn, changeCount: changes } = journal
    if (changes > 0) await this.#makeDurable(lsn)
    if (changes > 0 || this.#isDerivedOld) await this.#writeDerived(lsn)
    if (changes === 0) return
    await this.#note(lsn)
    journal.checkpointed(lsn)
    const { directory } = this.#volume
    publish('checkpoint', () => ({ directory, lsn, changes, durationMs: nowMs() - startedMs }))
  }

  async #tryLock(wait: boolean): Promise<Lock | undefined> {
    const timeoutMs = wait ? this.#options.lockTimeoutMs : 0
    try {
      return await this.#volume.lock(CHECKPOINT_LOCK_FILE, 'exclusive', { timeoutMs })
    } catch (error) {
      if (error instanceof DiskError && error.code === 'ELOCKTIMEOUT' && !wait) return undefined
      throw error
    }
  }

  /**
   * Flushes the files in place. A flush that fails is final for its files: the next one would report success with the
   * bytes gone. So they are rewritten, as other files under the same names, from the journal, which still has them.
   */
  async #makeDurable(lsn: number): Promise<void> {
    if (!this.#journal.isSuspect) {
      try {
        await this.#flush(lsn)
        return
      } catch (error) {
        this.#journal.suspect(lsn)
        this.#background.noteError('checkpoint', error)
      }
    }
    await this.#journal.rewriteFiles()
  }

  /** The file system may be flushed as a whole only through a descriptor as old as the first of these writes. */
  async #flush(lsn: number): Promise<void> {
    const { changeCount, opening } = this.#journal
    const { flushFileSystem } = this.#volume
    if (changeCount > FLUSH_EACH_MAX && opening.wasAlone && flushFileSystem !== undefined)
      return await flushFileSystem()
    const { files, directories } = await this.#journal.touched(lsn)
    let at = 0
    for (; files.length - at > FLUSH_TOGETHER; at += FLUSH_TOGETHER)
      await this.#volume.flushMany(files.slice(at, at + FLUSH_TOGETHER), [])
    await this.#volume.flushMany(files.slice(at), [])
    for (const level of deepestFirst(directories)) await this.#volume.flushMany([], level)
  }

  /** Derived state can be rebuilt: without space for it, the checkpoint is still valid. */
  async #writeDerived(lsn: number): Promise<void> {
    this.#isDerivedOld = false
    for (const write of this.#derived)
      await this.#background.guard('derived state', async () => await write(lsn))
  }

  /** Notes that frames up to `lsn` need no redo, then takes covered segments out of service. */
  async #note(lsn: number): Promise<void> {
    const journal = this.#journal
    const background = this.#background
    await journal.noteCheckpoint(lsn)
    await background.guard('space', async () => void (await this.space()))
    await journal.underLock(async () => {
      await journal.recycle(lsn)
      await background.guard('reserve', async () => await journal.keepReserve())
    })
    await background.guard('staged', async () => await journal.sweepStaged())
  }

  #noteBatch({ offset, bytes }: Appended): void {
    this.#journaledBytes += bytes
    this.#sinceCheckpointBytes += bytes
    this.#lastBatchMs = nowMs()
    const segment = this.#journal.segment
    if (this.#sinceCheckpointBytes >= this.#journalBytesMax(segment.bytes)) {
      this.#sinceCheckpointBytes = 0
      this.#background.begin('checkpoint', async () => void (await this.checkpoint(false)))
    }
    if (offset > segment.bytes / 2 && segment.sequence !== this.#sparedSequence)
      this.#prepareSpare(segment.sequence)
  }

  /** On a disk with room for small segments only, the journal as a whole is kept smaller in the same proportion. */
  #journalBytesMax(currentBytes: number): number {
    const { journalBytes, segmentBytes } = this.#options
    return journalBytes * Math.min(1, currentBytes / segmentBytes)
  }

  #prepareSpare(sequence: number): void {
    this.#sparedSequence = sequence
    this.#background.begin('spare segment', async () => await this.#journal.prepareSpare())
  }

  async #runWhenIdle(): Promise<void> {
    const idle = nowMs() - this.#lastBatchMs >= this.#options.checkpointIdleMs
    const isNeeded = this.#journal.changeCount > 0 || this.#isDerivedOld
    if (idle && isNeeded && this.#running === undefined) await this.checkpoint(false)
  }
}

/**
 * Directories by their depth. One that a later commit has emptied and removed cannot be flushed: removals in it are
 * durable only when the one above is flushed after that.
 */
function deepestFirst(directories: readonly string[]): readonly string[][] {
  const levels: string[][] = []
  for (const path of directories) {
    const depth = path === '' ? 0 : path.split('/').length
    ;(levels[depth] ??= []).push(path)
  }
  return levels.reverse()
}

import { toError } from '../../base/values.js'
import { nowMs } from '../../base/clock.js'
import type { Committer, CommitReply, CommitRequest, CommitStatus } from '../../disk/disk.js'
import type { Volume } from '../../disk/disk.js'
import { encodeCheckpoint } from '../../format/frame.js'
import { PageState } from '../../format/page.js'
import { publish, type LostFile } from '../../base/channels.js'
import type { Pending } from '../commit/batch.js'
import type { Change } from '../commit/transaction.js'
import type { ResolvedDirectoryOptions } from '../directory-options.js'
import { READ_ONLY_REASONS, takesNoWrites, type Opening } from '../opening/opening.js'
import { rewriteFiles } from '../recovery/redo.js'
import { abandonedStaged, sweepStaged } from '../recovery/sweep-staged.js'
import { takeOver } from '../recovery/takeover.js'
import type { Describe, DirtyLog, LoggedChange, Touched } from './dirty-log.js'
import { JournalFeed, type Appended, type ChangeListener } from './feed.js'
import type { JournalFollower } from './follower.js'
import { Gate } from './gate.js'
import { assertPage, spoilPage } from './lost-page.js'
import { recordBytesMax, tooLong, tooShort, type Segments } from './segments.js'

/** The parts of a journal. It exposes none of them. */
interface Parts {
  readonly volume: Volume
  readonly committer: Committer
  readonly segments: Segments
  readonly follower: JournalFollower
  readonly dirty: DirtyLog
}

const NOTHING = new Uint8Array(0)

/**
 * The journal of an open store: batches go in, changes come out, in the journal's order, whichever process made them.
 * It turns segments and takes over from dead writers.
 */
export class Journal {
  readonly opening: Opening
  /** Commits pass together; `underLock` closes it. */
  readonly gate: Gate = new Gate()
  readonly #volume: Volume
  readonly #committer: Committer
  readonly #segments: Segments
  readonly #follower: JournalFollower
  readonly #dirty: DirtyLog
  readonly #feed: JournalFeed
  readonly #options: ResolvedDirectoryOptions
  #onAppended: (appended: Appended) => void = () => undefined
  #onLost: (files: readonly LostFile[]) => void = () => undefined
  #onReadOnly: (cause: Error) => void = () => undefined
  #poison: Error | undefined

  constructor(parts: Parts, opening: Opening, options: ResolvedDirectoryOptions) {
    this.#volume = parts.volume
    this.#committer = parts.committer
    this.#segments = parts.segments
    this.#follower = parts.follower
    this.#dirty = parts.dirty
    this.#feed = new JournalFeed(parts.volume.directory, parts.follower, parts.dirty)
    this.#options = options
    this.opening = opening
    if (opening.readOnlyBecause !== undefined)
      this.#poison = new Error(READ_ONLY_REASONS[opening.readOnlyBecause])
  }

  get directory(): string {
    return this.#volume.directory
  }

  /** Log sequence number of the last commit that this process knows of. */
  get lsn(): number {
    return this.#follower.position.lsn
  }

  /** Whether everything that was committed, by any process, is known here: one memory read. */
  get isCurrent(): boolean {
    return this.#follower.isCurrent === true
  }

  /** The segment that commits append to, and how many bytes it has. */
  get segment(): { readonly sequence: number; readonly bytes: number } {
    return this.#segments.current
  }

  /** Contents over this many bytes are not copied into the journal now. */
  get inlineBytesMax(): number {
    return this.#segments.inlineBytesMax
  }

  onChange(listener: ChangeListener): () => void {
    return this.#feed.onChange(listener)
  }

  describeBy(describe: Describe): void {
    this.#feed.describeBy(describe)
  }

  /** Calls `listener` for each frame of this process, before its changes are reported. */
  onAppended(listener: (appended: Appended) => void): void {
    this.#onAppended = listener
  }

  /** Calls `listener` with files that a takeover could not restore. */
  onLost(listener: (files: readonly LostFile[]) => void): void {
    this.#onLost = listener
  }

  onReadOnly(listener: (cause: Error) => void): void {
    this.#onReadOnly = listener
  }

  /** Why nothing more can be written; undefined while all is well. */
  get poison(): Error | undefined {
    return this.#poison
  }

  assertWritable(): void {
    if (this.#poison !== undefined) throw takesNoWrites(this.directory, this.#poison)
  }

  /** Takes no more commits: only reopening the store can tell what the disk has kept. */
  becomeReadOnly(cause: unknown): void {
    if (this.#poison !== undefined) return
    this.#poison = toError(cause)
    const { directory } = this
    publish('background-error', () => ({ directory, stage: 'flush', error: cause }))
    this.#onReadOnly(this.#poison)
  }

  /** Reads what others have committed and notifies the listeners; resolves at once when there is nothing new. */
  async refresh(): Promise<void> {
    await this.#feed.refresh()
  }

  /** As `refresh`, after a commit that is being published; finishes it when its process has died meanwhile. */
  async waitForPublish(): Promise<void> {
    if (this.#poison === undefined && this.#isPublishing()) {
      await this.underLock(async () => await this.#finishDeadWriter())
    }
    await this.#feed.settle()
  }

  /** Files of a flushed frame are being put in place: a reader may see some of them before the page says so. */
  #isPublishing(): boolean {
    const { page } = this.#committer
    return page.getU64('committed') !== page.getU64('published')
  }

  /** Whether the current segment takes the record. */
  fits(record: Uint8Array): boolean {
    return this.#segments.fits(record)
  }

  /**
   * Turns to a segment that takes the record: the current one may come from a process with a smaller `segmentBytes`, or
   * from a time when the disk was full.
   * @throws RangeError for a record that no segment takes
   */
  async makeRoomFor(record: Uint8Array, files: number): Promise<void> {
    const most = recordBytesMax(this.#options.segmentBytes)
    if (record.length > most) throw tooLong(record, files, most)
    await this.underLock(async () => {
      await this.#useCurrentSegment()
      if (this.fits(record)) return
      await this.#segments.flushAndRoll({ fresh: false })
      await this.#segments.useCurrent()
    })
    if (this.fits(record)) return
    throw tooShort(this.#segments.current.bytes, record)
  }

  /** Appends the records of a batch: one hop. Unless the reply is `committed`, nothing was done; see `repair`. */
  append(records: Uint8Array, transactionCount: number): Promise<CommitReply> {
    const flush = this.#options.durability === 'commit'
    return this.#commit({ kind: 'commit', records, transactionCount, flush })
  }

  /** Whether frames may be unknown here that were committed before the current segment began. */
  get isBehindSegment(): boolean {
    return this.#follower.position.segment !== this.#segments.current.sequence && !this.isCurrent
  }

  /** An empty batch, which waits its turn behind a hung one. */
  probe(): Promise<CommitReply> {
    return this.#commit({ kind: 'commit', records: NOTHING, transactionCount: 0, flush: false })
  }

  #commit(request: Omit<CommitRequest, 'timeMs' | 'lockTimeoutMs'>): Promise<CommitReply> {
    const { lockTimeoutMs } = this.#options
    return this.#committer.commit({ ...request, timeMs: nowMs(), lockTimeoutMs })
  }

  /** Takes note of a committed batch. Undefined when it follows directly on what is known: the usual case. */
  onCommitted(reply: CommitReply, changes: readonly Change[]): Promise<void> | undefined {
    this.#onAppended({
      offset: reply.to.offset,
      bytes: Math.max(0, reply.to.offset - reply.from.offset),
    })
    if (this.#feed.isRefreshing || this.lsn !== reply.from.lsn) return this.#catchUp(reply.to.lsn)
    if (reply.to.lsn === reply.from.lsn) return undefined
    this.#follower.advance(reply.to)
    const timeMs = nowMs()
    this.#feed.tell(changes.map((change) => ({ ...change, lsn: reply.to.lsn, timeMs })))
    return undefined
  }

  async #catchUp(lsn: number): Promise<void> {
    const { page } = this.#committer
    while (this.lsn < lsn) {
      // The frame was published, but the page no longer says so: it has gone back.
      if (this.isCurrent) spoilPage(page)
      assertPage(page, this.directory)
      await this.#feed.refresh()
    }
  }

  /** Repairs what kept a batch from being committed. No commit is in flight meanwhile. */
  async repair(
    status: Exclude<CommitStatus, 'committed'>,
    waiting: readonly Pick<Pending, 'record' | 'changes'>[],
  ): Promise<void> {
    const { page } = this.#committer
    await this.#committer.lock({ timeoutMs: this.#options.lockTimeoutMs })
    try {
      assertPage(page, this.directory)
      if (page.state !== PageState.idle) await this.#finishDeadWriter()
      else if (status === 'full' && page.getU64('segment') === this.#segments.current.sequence)
        await this.#segments.rollFull(waiting)
      await this.#segments.useCurrent()
    } finally {
      await this.#committer.unlock()
    }
  }

  /** Flushes commits that `interval` and `none` acknowledged before the call. A failure makes the store read-only. */
  async flush(): Promise<void> {
    const { page } = this.#committer
    const written = page.getU64('committed')
    try {
      while (page.getU64('durable') < written) {
        // A flush counts for its own segment only, and another process may have turned to the next one.
        const isCurrent = page.getU64('segment') === this.#segments.current.sequence
        if (!isCurrent || page.state === PageState.poisoned)
          await this.underLock(async () => await this.#useCurrentSegment())
        await this.#committer.flush()
      }
    } catch (error) {
      this.becomeReadOnly(error)
      throw error
    }
  }

  /** Runs `work` under the writer lock, with no commit of this process in flight. */
  async underLock<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.gate.alone(async () => {
      await this.#committer.lock({ timeoutMs: this.#options.lockTimeoutMs })
      try {
        return await work()
      } finally {
        await this.#committer.unlock()
      }
    })
  }

  /** Runs `work` while no process can commit; everything committed is published and known here. */
  async still<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.underLock(async () => {
      await this.#useCurrentSegment()
      await this.#feed.refresh()
      return await work()
    })
  }

  async #useCurrentSegment(): Promise<void> {
    await this.#finishDeadWriter()
    await this.#segments.useCurrent()
  }

  async #finishDeadWriter(): Promise<void> {
    if (this.#committer.page.state === PageState.idle) return
    this.#onLost(await takeOver(this.#volume, this.#committer, this.#segments))
    await this.#segments.useCurrent()
  }

  /** All changes after `lsn` that are still known, or undefined when some of them are not. */
  changesSince(lsn: number): readonly LoggedChange[] | undefined {
    return this.#dirty.since(lsn)
  }

  /** The changes that recovery had no space to apply to the files. Usually empty. */
  get pendingRedo(): readonly LoggedChange[] {
    return this.opening.readOnlyBecause === undefined ? [] : this.#dirty.all
  }

  /** How many changes no checkpoint covers. */
  get changeCount(): number {
    return this.#dirty.size
  }

  /** The files that exist and the directories that changed since the last checkpoint, up to `lsn`. */
  async touched(lsn: number): Promise<Touched> {
    return await this.#dirty.touched(lsn)
  }

  /** Frames up to this lsn need no redo. */
  get checkpointLsn(): number {
    return this.#committer.page.getU64('checkpoint')
  }

  /** Whether a flush of files that the journal names has failed, here or in another process. */
  get isSuspect(): boolean {
    return this.#committer.page.getU64('suspect') > this.checkpointLsn
  }

  /** Notes for all processes that a flush has failed for files whose frames reach up to `lsn`. */
  suspect(lsn: number): void {
    const { page } = this.#committer
    page.setU64('suspect', Math.max(lsn, page.getU64('suspect')))
  }

  /** Rewrites and flushes every file that the journal names: a failed flush has made them doubtful. */
  async rewriteFiles(): Promise<void> {
    await this.underLock(async () => {
      await this.#finishDeadWriter()
      this.#onLost(await rewriteFiles(this.#volume, this.#committer))
    })
  }

  /**
   * Notes in the journal that frames up to `lsn` need no redo. The note is flushed before any segment is reused:
   * without it, recovery would miss what the segment held.
   */
  async noteCheckpoint(lsn: number): Promise<void> {
    const note = { kind: 'checkpoint', records: encodeCheckpoint(lsn), flush: true } as const
    const reply = await this.gate.pass(() => this.#commit({ ...note, transactionCount: 0 }))
    if (reply.status === 'committed') return await this.onCommitted(reply, [])
    // A segment without room for the note: the header of the next one carries it.
    await this.underLock(async () => {
      await this.#useCurrentSegment()
      this.#committer.page.setU64('checkpoint', Math.max(lsn, this.checkpointLsn))
      await this.#segments.flushAndRoll({ fresh: false, useReserve: true })
      await this.#segments.useCurrent()
    })
  }

  /** Forgets the changes that a checkpoint through `lsn` has covered. */
  checkpointed(lsn: number): void {
    this.#dirty.forget(lsn)
  }

  /** Takes segments out of service that the checkpoint through `lsn` covers. Within `underLock`. */
  async recycle(lsn: number): Promise<void> {
    await this.#segments.recycle(lsn)
  }

  /** Space set aside so that recovery can write on a full disk. Within `underLock`. */
  async keepReserve(): Promise<void> {
    await this.#segments.keepReserve()
  }

  /** Prepares a segment, so that the next turn costs no zero-filling. */
  async prepareSpare(): Promise<void> {
    await this.#segments.prepareSpare()
  }

  /** Turns to the next segment (`fresh`: one that holds nothing of earlier ones). Returns the last lsn before it. */
  async turn({ fresh }: { readonly fresh: boolean }): Promise<number> {
    return await this.underLock(async () => {
      await this.#useCurrentSegment()
      await this.#segments.flushAndRoll({ fresh })
      await this.#segments.useCurrent()
      return this.#committer.page.getU64('committed')
    })
  }

  async removeSpares(): Promise<void> {
    await this.underLock(async () => await this.#segments.removeSpares())
  }

  /** Runs `work`; when it runs out of space, runs it again with the space of the reserve. */
  async withReserve<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#segments.withReserve(work)
  }

  /** Returns false when there is no reserve. */
  async releaseReserve(): Promise<boolean> {
    return await this.#segments.releaseReserve()
  }

  /** Takes the lock, and reads the journal, only when a dead process has left something. */
  async sweepStaged(): Promise<void> {
    if ((await abandonedStaged(this.#volume)).length === 0) return
    await this.underLock(async () => await sweepStaged(this.#volume, this.#committer))
  }

  /** Releases the writer lock, the page and the segment. */
  async close(): Promise<void> {
    await this.#committer.close()
  }
}

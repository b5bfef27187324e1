import { toError } from '../../base/values.js'
import { nowMs } from '../../base/clock.js'
import type { CommitReply, CommitStatus } from '../../disk/disk.js'
import { encodeCheckpoint } from '../../format/frame.js'
import type { LostFile } from '../../base/channels.js'
import { PageState } from '../../format/page.js'
import { StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { CommitQueue, type QueueHost } from './commit-queue.js'
import type { ResolvedDirectoryOptions } from '../directory-options.js'
import { flushAndRoll, recordBytesMax, rollFullSegment, tooLong } from '../journal/room.js'
import { JournalFeed } from '../journal/feed.js'
import { assertPage, spoilPage } from '../journal/lost-page.js'
import type { OpenParts, ReadOnlyBecause } from '../opening/open-directory.js'
import { rewriteFromJournal } from '../recovery/rewrite-files.js'
import { takeOver } from '../recovery/takeover.js'
import type { Change } from './transaction.js'

/** What the writer tells about each batch of its own. */
export interface BatchNote {
  /** Where the next frame goes in the current segment. */
  readonly offset: number
  readonly bytes: number
}

const BATCH_BYTES_MAX = 1024 * 1024

const READ_ONLY_REASONS: Readonly<Record<ReadOnlyBecause, string>> = {
  option: 'it was opened with readOnly: true',
  mount: 'its file system is mounted read-only',
  'no-space': 'there was no space to open it for writing; make room and open it again',
}

/**
 * The write side of an open store: commits go in, changes come out, in the journal's order, whoever made them. It
 * turns segments and takes over from dead writers; what happens on timers beside it is in upkeep.ts.
 */
export class Writer {
  readonly parts: OpenParts
  readonly #options: ResolvedDirectoryOptions
  readonly #queue: CommitQueue
  readonly feed: JournalFeed
  readonly #onBatch: (note: BatchNote) => void
  readonly #onLost: (files: readonly LostFile[]) => void
  #poison: Error | undefined

  constructor(
    parts: OpenParts,
    options: ResolvedDirectoryOptions,
    told: {
      readonly batch: (note: BatchNote) => void
      /** What a takeover could not restore. */
      readonly lost: (files: readonly LostFile[]) => void
    },
  ) {
    this.parts = parts
    this.#options = options
    this.#onBatch = told.batch
    this.#onLost = told.lost
    this.feed = new JournalFeed(parts.volume.directory, parts.follower, parts.dirty)
    if (parts.readOnlyBecause !== undefined)
      this.#poison = new Error(READ_ONLY_REASONS[parts.readOnlyBecause])
    this.#queue = new CommitQueue({
      directory: parts.volume.directory,
      committer: parts.committer,
      flush: options.durability === 'commit',
      batchBytesMax: () => Math.min(BATCH_BYTES_MAX, Math.floor(parts.segments.current.bytes / 2)),
      lockTimeoutMs: options.lockTimeoutMs,
      nowMs,
      retries: parts.retries,
      applied: (reply, changes) => this.#applied(reply, changes),
      maintain: async (status, waiting) => await this.#maintain(status, waiting),
      poison: (cause) => this.becomeReadOnly(cause),
    })
  }

  /** Why nothing more can be written; undefined while all is well. */
  get poison(): Error | undefined {
    return this.#poison
  }

  async commit(record: Uint8Array, changes: readonly Change[]): Promise<void> {
    this.assertWritable()
    if (!this.#fits(record)) await this.#makeRoom(record, changes.length)
    await this.#queue.enqueue(record, changes)
  }

  assertWritable(): void {
    if (this.#poison === undefined) return
    throw new StorageError(
      'FS-READONLY-001',
      `The store takes no more writes: ${this.#poison.message}`,
      {
        cause: this.#poison,
        context: { path: this.parts.volume.directory },
      },
    )
  }

  /** Rejects what is waiting and takes no more: only opening the store again can tell what the disk has kept. */
  becomeReadOnly(cause: unknown): void {
    if (this.#poison !== undefined) return
    this.#poison = toError(cause)
    const { directory } = this.parts.volume
    publish('background-error', () => ({ directory, stage: 'flush', error: cause }))
    this.#queue.rejectWaiting(this.#poison)
  }

  /** Waits out a commit that is being published; finishes it when its process has died meanwhile. */
  async settle(): Promise<void> {
    if (this.#poison === undefined && this.#isPublishing()) {
      await this.underLock(async () => await this.#finishDeadWriter())
    }
    await this.feed.refresh()
  }

  /** Files of a flushed frame are being put in place: a reader may see some of them before the page says so. */
  #isPublishing(): boolean {
    const { page } = this.parts.committer
    return page.getU64('committed') !== page.getU64('published')
  }

  /** Runs `work` under the writer lock, with no commit of this process in flight. */
  async underLock<Result>(work: () => Promise<Result>): Promise<Result> {
    const { committer } = this.parts
    return await this.#queue.exclusively(async () => {
      await committer.lock({ timeoutMs: this.#options.lockTimeoutMs })
      try {
        return await work()
      } finally {
        await committer.unlock()
      }
    })
  }

  /**
   * Notes in the journal that frames up to `lsn` need no redo. The note is flushed before any segment is reused:
   * without it, recovery would miss what the segment held.
   */
  async noteCheckpoint(lsn: number): Promise<void> {
    const reply = await this.#queue.send('checkpoint', encodeCheckpoint(lsn))
    if (reply.status === 'committed') return await this.#applied(reply, [])
    // A segment without room for the note: the header of the next one carries it.
    await this.underLock(async () => {
      const { committer, segments } = this.parts
      await this.useCurrentSegment()
      committer.page.setU64('checkpoint', Math.max(lsn, committer.page.getU64('checkpoint')))
      // What is acknowledged and not flushed yet lies in the segment that is left.
      await flushAndRoll(this.parts, 0, true)
      await segments.useCurrent(committer.page)
    })
  }

  /** Writes every file that the journal names anew, and flushes each: what a failed flush has made doubtful. */
  async rewriteFromJournal(): Promise<void> {
    await this.underLock(async () => {
      await this.#finishDeadWriter()
      this.#onLost(await rewriteFromJournal(this.parts))
    })
  }

  /** Flushes what `interval` and `none` have acknowledged before the call. What fails makes the store read-only. */
  async flush(): Promise<void> {
    const { committer, segments } = this.parts
    const { page } = committer
    const written = page.getU64('committed')
    try {
      while (page.getU64('durable') < written) {
        // A flush counts for its own segment only, and another process may have turned to the next one.
        const isCurrent = page.getU64('segment') === segments.current.sequence
        if (!isCurrent || page.state === PageState.poisoned)
          await this.underLock(async () => await this.useCurrentSegment())
        await committer.flush()
      }
    } catch (error) {
      this.becomeReadOnly(error)
      throw error
    }
  }

  async drain(): Promise<void> {
    await this.#queue.drain()
  }

  /** Takes note of a committed batch. Undefined when it follows directly on what is known: the usual case. */
  #applied(reply: CommitReply, changes: readonly Change[]): Promise<void> | undefined {
    const { follower } = this.parts
    this.#onBatch({
      offset: reply.to.offset,
      bytes: Math.max(0, reply.to.offset - reply.from.offset),
    })
    if (this.feed.isRefreshing || follower.position.lsn !== reply.from.lsn) {
      return this.#catchUp(reply.to.lsn)
    }
    if (reply.to.lsn === reply.from.lsn) return undefined
    follower.advance(reply.to)
    const timeMs = nowMs()
    this.feed.tell(changes.map((change) => ({ ...change, lsn: reply.to.lsn, timeMs })))
    return undefined
  }

  async #catchUp(lsn: number): Promise<void> {
    const { follower, committer, volume } = this.parts
    while (follower.position.lsn < lsn) {
      // It was published, and the page does not say so any more: it has gone back.
      if (follower.isCurrent === true) spoilPage(committer.page)
      assertPage(committer.page, volume.directory)
      await this.feed.refresh()
    }
  }

  async #maintain(
    status: Exclude<CommitStatus, 'committed'>,
    waiting: Parameters<QueueHost['maintain']>[1],
  ): Promise<void> {
    const { committer, segments } = this.parts
    const { page } = committer
    await committer.lock({ timeoutMs: this.#options.lockTimeoutMs })
    try {
      assertPage(page, this.parts.volume.directory)
      if (page.state !== PageState.idle) await this.#finishDeadWriter()
      else if (status === 'full' && page.getU64('segment') === segments.current.sequence)
        await rollFullSegment(this.parts, waiting)
      await segments.useCurrent(page)
    } finally {
      await committer.unlock()
    }
  }

  async useCurrentSegment(): Promise<void> {
    await this.#finishDeadWriter()
    await this.parts.segments.useCurrent(this.parts.committer.page)
  }

  async #finishDeadWriter(): Promise<void> {
    const { volume, committer, segments } = this.parts
    if (committer.page.state === PageState.idle) return
    this.#onLost(await takeOver({ volume, committer, segments, nowMs }))
    await segments.useCurrent(committer.page)
  }

  #fits(record: Uint8Array): boolean {
    return record.length <= recordBytesMax(this.parts.segments.current.bytes)
  }

  /** The current segment may be one of a process with a smaller `segmentBytes`, or of a time when the disk was full. */
  async #makeRoom(record: Uint8Array, files: number): Promise<void> {
    const most = recordBytesMax(this.#options.segmentBytes)
    if (record.length > most) throw tooLong(record, files, most)
    const { committer, segments } = this.parts
    await this.underLock(async () => {
      await this.useCurrentSegment()
      if (this.#fits(record)) return
      await flushAndRoll(this.parts)
      await segments.useCurrent(committer.page)
    })
    if (this.#fits(record)) return
    const { bytes } = segments.current
    throw new StorageError(
      'FS-IO-001',
      `The journal has a segment of ${bytes} bytes only, as the disk has little room: ${record.length} do not fit`,
      { context: { reason: 'disk_space', segment_bytes: bytes, record_bytes: record.length } },
    )
  }
}

import type { Volume } from '../../disk/disk.js'
import { decodeCheckpoint, FrameKind, type Frame } from '../../format/frame.js'
import type { JournalPosition, SharedPage } from '../../format/page.js'
import { enter, framesIn, oldestCursor, readChunk, takeFrame, type Cursor } from './cursor.js'
import { assertPage, spoilPage } from './lost-page.js'
import type { JournalOverlay } from './overlay.js'
import type { PageReader } from './page-reader.js'
import { readHeader, type JournalEntry, type JournalScan } from './scan.js'
import type { UnprovenTail } from './unproven-tail.js'

/** Reads the journal from the position that a process knows to what is published now. */
export interface JournalFollower {
  readonly position: JournalPosition
  /** Whether everything published is known, without waiting. Undefined: only `follow` can tell. */
  readonly isCurrent: boolean | undefined
  /** As `isCurrent`; where the process shares no page, also whether no later commit is putting its files in place. */
  readonly isSettled: boolean | undefined
  /** The position after a frame that this process wrote itself. */
  advance(position: JournalPosition): void
  /**
   * Hands the entries between the known position and what is published to `take`. False: they are gone from the journal
   * (a checkpoint has covered and recycled them), so derived state must be rebuilt.
   */
  follow(take: (entries: readonly JournalEntry[]) => void): Promise<boolean>
  /**
   * Goes back to before the oldest frame that the journal still has; `missed` is called in the same step, with the lsn
   * up to which changes were missed.
   */
  restart(missed: (lsn: number) => void): Promise<void>
}

/**
 * Follows the journal of a store that this process shares with others, by their common page. It needs no lock. Entries
 * count as known only in the step that hands them on: a read that fails half-way must not leave entries known here and
 * nowhere else.
 */
export class Follower implements JournalFollower {
  readonly #volume: Volume
  readonly #page: SharedPage
  #known: Readonly<Cursor>

  constructor(volume: Volume, page: SharedPage) {
    this.#volume = volume
    this.#page = page
    this.#known = { position: page.position, salt: page.salt }
  }

  get position(): JournalPosition {
    return this.#known.position
  }

  advance(position: JournalPosition): void {
    const salt = position.segment === this.position.segment ? this.#known.salt : undefined
    this.#known = { position, salt }
  }

  async restart(missed: (lsn: number) => void): Promise<void> {
    this.#known = (await oldestCursor(this.#volume)) ?? this.#known
    missed(this.position.lsn)
  }

  get isCurrent(): boolean {
    return this.#isPublished(this.#known)
  }

  /** The journal asks the page itself whether a commit is being published, and waits for the lock of its process. */
  get isSettled(): boolean {
    return this.isCurrent
  }

  async follow(take: (entries: readonly JournalEntry[]) => void): Promise<boolean> {
    // Published frames are never aborted: the page itself has gone back, and would never be followed to its end.
    if (this.#page.getU64('published') < this.position.lsn) spoilPage(this.#page)
    assertPage(this.#page, this.#volume.directory)
    const cursor: Cursor = { ...this.#known }
    const entries: JournalEntry[] = []
    while (!this.#isPublished(cursor)) {
      const frames = await this.#readFrames(cursor)
      if (frames.length === 0) {
        const next = await readHeader(this.#volume, cursor.position.segment + 1)
        if (!enter(cursor, next)) return false
      }
      for (const frame of frames) takeFrame(frame, cursor, entries)
    }
    this.#known = cursor
    take(entries)
    return true
  }

  #isPublished({ position }: Readonly<Cursor>): boolean {
    return this.#page.generation === position.lsn >>> 0
  }

  /** Whole frames from the cursor on; none when its segment has no valid ones. */
  async #readFrames(cursor: Cursor): Promise<readonly Frame[]> {
    const { segment } = cursor.position
    const bytes = await readChunk(this.#volume, cursor.position)
    // Asked after the read: frames may become void meanwhile, but never valid.
    const last = await this.#lastValid(segment)
    cursor.salt ??= (await readHeader(this.#volume, segment))?.salt
    if (bytes === undefined || last === undefined) return []
    return framesIn(this.#volume, bytes, cursor, last)
  }

  /** The last valid lsn of a segment: published, and not made void by the next segment. */
  async #lastValid(segment: number): Promise<number | undefined> {
    const published = this.#page.getU64('published')
    if (this.#page.getU64('segment') === segment) return published
    const next = await readHeader(this.#volume, segment + 1)
    return next === undefined ? undefined : next.firstLsn - 1
  }
}

/** State that is kept up to date with the journal. */
interface Followed {
  readonly overlay: JournalOverlay
  /** After a checkpoint: the files show all commits up to this lsn. */
  covered(lsn: number): void
}

/**
 * Follows the journal of a store that this process has not joined: it takes no lock, maps no page and writes nothing,
 * so any read may meet a segment that is being recycled. The journal's contents are served from memory; `Follower` does
 * not need that, since a process that has joined the store finishes what a dead one has left.
 */
export class LockFreeFollower implements JournalFollower {
  readonly #volume: Volume
  readonly #page: PageReader
  readonly #tail: UnprovenTail
  readonly #followed: Followed
  #known: Readonly<Cursor>
  /** Frames were missed: the overlay is rebuilt from the next ones. */
  #isBehind = false

  constructor(
    volume: Volume,
    page: PageReader,
    tail: UnprovenTail,
    followed: Followed,
    end: JournalScan['end'],
  ) {
    this.#volume = volume
    this.#page = page
    this.#tail = tail
    this.#followed = followed
    this.#known = end ?? { position: { segment: 0, offset: 0, lsn: 0, chain: 0 }, salt: undefined }
  }

  get position(): JournalPosition {
    return this.#known.position
  }

  get isCurrent(): true | undefined {
    return this.#isBehind ? undefined : this.#page.isPublished(this.position.lsn)
  }

  get isSettled(): true | undefined {
    return this.#isBehind ? undefined : this.#page.isSettled(this.position.lsn)
  }

  /** Nothing is written here. */
  advance: JournalFollower['advance'] = () => undefined

  async restart(missed: (lsn: number) => void): Promise<void> {
    this.#known = (await oldestCursor(this.#volume)) ?? this.#known
    this.#isBehind = true
    missed(this.position.lsn)
  }

  async follow(take: (entries: readonly JournalEntry[]) => void): Promise<boolean> {
    const published = await this.#page.published()
    const cursor: Cursor = { ...this.#known }
    const entries: JournalEntry[] = []
    let covered = 0
    for (;;) {
      const found = await this.#next(cursor, published ?? Number.POSITIVE_INFINITY)
      if (found === 'missed') return false
      if (found === 'end') break
      const frames = published === undefined ? await this.#tail.proven(found, cursor) : found
      for (const frame of frames) {
        if (!takeFrame(frame, cursor, entries)) return false
        if (frame.header.kind === FrameKind.checkpoint)
          covered = Math.max(covered, decodeCheckpoint(frame.payload))
      }
      if (frames.length < found.length) break
    }
    this.#hand(cursor, entries, covered, take)
    return true
  }

  /** In one step: a read sees all of it or nothing. */
  #hand(
    cursor: Cursor,
    entries: readonly JournalEntry[],
    covered: number,
    take: (entries: readonly JournalEntry[]) => void,
  ): void {
    const { overlay } = this.#followed
    if (this.#isBehind) overlay.replaceBy(entries)
    else overlay.take(entries)
    this.#isBehind = false
    this.#known = cursor
    take(entries)
    if (covered === 0) return
    overlay.forget(covered)
    this.#followed.covered(covered)
  }

  /** The frames that follow the cursor in its segment, or, where there are none, whether the journal ends there. */
  async #next(cursor: Cursor, last: number): Promise<readonly Frame[] | 'end' | 'missed'> {
    const { segment, lsn } = cursor.position
    if (lsn >= last) return 'end'
    const bytes = await readChunk(this.#volume, cursor.position)
    // Asked after the read: frames may become void meanwhile, but never valid.
    const next = await readHeader(this.#volume, segment + 1)
    const valid = next === undefined ? last : Math.min(last, next.firstLsn - 1)
    const frames = bytes === undefined ? [] : framesIn(this.#volume, bytes, cursor, valid)
    if (frames.length > 0) return frames
    if (next !== undefined) return enter(cursor, next) ? [] : 'missed'
    if (segment === 0) return (await oldestCursor(this.#volume)) === undefined ? 'end' : 'missed'
    const own = await readHeader(this.#volume, segment)
    return own !== undefined && own.salt === cursor.salt ? 'end' : 'missed'
  }
}

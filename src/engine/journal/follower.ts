import type { Volume } from '../../disk/disk.js'
import type { Frame } from '../../format/frame.js'
import type { JournalPosition, SharedPage } from '../../format/page.js'
import { enter, framesIn, oldestCursor, readChunk, takeFrame, type Cursor } from './cursor.js'
import { readHeader, type JournalEntry } from './scan.js'
import { assertPage, spoilPage } from './lost-page.js'

/** Reads the journal from the position that a process knows to what is published now. */
export interface JournalFollower {
  readonly position: JournalPosition
  /** Whether everything published is known, without waiting. Undefined: only `follow` can tell. */
  readonly isCurrent: boolean | undefined
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

import type { Volume } from '../../disk/disk.js'
import type { Frame } from '../../format/frame.js'
import type { JournalPosition, SharedPage } from '../../format/page.js'
import { enter, framesIn, oldestCursor, readChunk, takeFrame, type Cursor } from './cursor.js'
import { readHeader, type JournalEntry } from './scan.js'
import { assertPage, spoilPage } from './lost-page.js'

/** From where a process knows the journal to what is published now. */
export interface JournalFollower {
  readonly position: JournalPosition
  /** Whether all that is published is known: without waiting. Undefined: only `follow` can tell. */
  readonly isCurrent: boolean | undefined
  /** The position after a frame that this process wrote itself. */
  advance(position: JournalPosition): void
  /**
   * Hands the entries between the known position and what is published to `take`. False: they are gone from the journal
   * (a checkpoint has covered and recycled them), so whoever keeps derived state must build it anew.
   */
  follow(take: (entries: readonly JournalEntry[]) => void): Promise<boolean>
  /**
   * Goes back to before the oldest frame that the journal still has; `missed` is called in the same step, with the lsn
   * up to which changes were missed.
   */
  restart(missed: (lsn: number) => void): Promise<void>
}

/**
 * Follows the journal of a store that this process has open together with others, by the page that they share.
 * It needs no lock. What it has read counts as known only in the step in which it is handed on: a read that fails
 * half-way must not leave entries known here and nowhere else.
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
    // Nothing that was published is taken back: the page has been, and would never be followed to its end.
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

  /** Whole frames from the cursor on; none when its segment has none that count. */
  async #readFrames(cursor: Cursor): Promise<readonly Frame[]> {
    const { segment } = cursor.position
    const bytes = await readChunk(this.#volume, cursor.position)
    // Asked for after the read: what was read may have become void meanwhile, never the other way round.
    const last = await this.#lastValid(segment)
    cursor.salt ??= (await readHeader(this.#volume, segment))?.salt
    if (bytes === undefined || last === undefined) return []
    return framesIn(this.#volume, bytes, cursor, last)
  }

  /** The last lsn that counts in a segment: what the next one does not take back, and what is published. */
  async #lastValid(segment: number): Promise<number | undefined> {
    const published = this.#page.getU64('published')
    if (this.#page.getU64('segment') === segment) return published
    const next = await readHeader(this.#volume, segment + 1)
    return next === undefined ? undefined : next.firstLsn - 1
  }
}

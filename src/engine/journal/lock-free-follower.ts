import type { Volume } from '../../disk/disk.js'
import { decodeCheckpoint, FrameKind, type Frame } from '../../format/frame.js'
import type { JournalPosition } from '../../format/page.js'
import type { Follower, JournalFollower } from './follower.js'
import { enter, framesIn, oldestCursor, readChunk, takeFrame, type Cursor } from './cursor.js'
import type { JournalOverlay } from './overlay.js'
import { readHeader, type JournalEntry, type JournalScan } from './scan.js'
import type { PageReader } from './page-reader.js'
import type { UnprovenTail } from './unproven-tail.js'

/** State that is kept up to date with the journal. */
export interface Followed {
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

  /** Nothing is written here. */
  advance: Follower['advance'] = () => undefined

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

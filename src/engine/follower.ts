import type { Volume } from '../disk/disk.js'
import {
  BLOCK_BYTES,
  decodeFrame,
  decodeFrameHeader,
  frameBytes,
  FrameKind,
  SEGMENT_BYTES_MAX,
  type Frame,
} from '../document/frame.js'
import { JOURNAL_DIRECTORY, parseSegmentName, segmentPath } from '../document/layout.js'
import type { JournalPosition, SharedPage } from '../document/page.js'
import { assertPage } from './lost-page.js'
import { readHeader, readRecords, withdraw, type JournalEntry } from './journal-scan.js'

const CHUNK_BYTES = 1024 * 1024

/** How far the journal was read: a frame is believed only if it continues the one before, in the same epoch. */
interface Cursor {
  position: JournalPosition
  /** The epoch of the segment; undefined until its header is read. */
  salt: bigint | undefined
}

/**
 * Follows the journal of a store that others write to: from where this process knows it to what is published now.
 * It needs no lock. What it has read counts as known only in the step in which it is handed on: a read that fails
 * half-way must not leave entries known here and nowhere else.
 */
export class Follower {
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

  /** The position after a frame that this process wrote itself. */
  advance(position: JournalPosition): void {
    const salt = position.segment === this.position.segment ? this.#known.salt : undefined
    this.#known = { position, salt }
  }

  /**
   * Goes back to before the oldest frame that the journal still has; `missed` is called in the same step, with the lsn
   * up to which changes were missed.
   */
  async restart(missed: (lsn: number) => void): Promise<void> {
    this.#known = (await this.#oldest()) ?? this.#known
    missed(this.position.lsn)
  }

  get isCurrent(): boolean {
    return this.#isPublished(this.#known)
  }

  /**
   * Hands the entries between the known position and what is published to `take`. False: they are gone from the journal
   * (a checkpoint has covered and recycled them), so whoever keeps derived state must build it anew.
   */
  async follow(take: (entries: readonly JournalEntry[]) => void): Promise<boolean> {
    assertPage(this.#page, this.#volume.directory)
    const cursor: Cursor = { ...this.#known }
    const entries: JournalEntry[] = []
    while (!this.#isPublished(cursor)) {
      const frames = await this.#readFrames(cursor)
      if (frames === undefined && !(await this.#enterNextSegment(cursor))) return false
      for (const frame of frames ?? []) takeFrame(frame, cursor, entries)
    }
    this.#known = cursor
    take(entries)
    return true
  }

  #isPublished({ position }: Readonly<Cursor>): boolean {
    return this.#page.generation === position.lsn >>> 0
  }

  async #oldest(): Promise<Cursor | undefined> {
    const entries = (await this.#volume.list(JOURNAL_DIRECTORY)) ?? []
    const sequences = entries
      .map((entry) => parseSegmentName(entry.name))
      .filter((found) => found !== undefined)
    for (const segment of sequences.sort((a, b) => a - b)) {
      const header = await readHeader(this.#volume, segment)
      if (header !== undefined) return beginOf(segment, header.firstLsn, header.salt)
    }
    return undefined
  }

  /** Whole frames from the cursor on; undefined when its segment has none that count. */
  async #readFrames(cursor: Cursor): Promise<readonly Frame[] | undefined> {
    const { segment, offset } = cursor.position
    const bytes = await this.#readChunk(cursor.position)
    // Asked for after the read: what was read may have become void meanwhile, never the other way round.
    const last = await this.#lastValid(segment)
    cursor.salt ??= (await readHeader(this.#volume, segment))?.salt
    if (bytes === undefined || last === undefined || cursor.salt === undefined) return undefined
    const frames: Frame[] = []
    let { position } = cursor
    while (position.lsn < last) {
      const frame = decodeFrame(bytes, offset, position, cursor.salt, this.#checksum)
      if (frame === undefined) break
      frames.push(frame)
      position = frame.end
    }
    return frames.length > 0 ? frames : undefined
  }

  /** The last lsn that counts in a segment: what the next one does not take back, and what is published. */
  async #lastValid(segment: number): Promise<number | undefined> {
    const published = this.#page.getU64('published')
    if (this.#page.getU64('segment') === segment) return published
    const next = await readHeader(this.#volume, segment + 1)
    return next === undefined ? undefined : next.firstLsn - 1
  }

  /** The bytes from a position on: at least one whole frame, where one is. */
  async #readChunk({ segment, offset }: JournalPosition): Promise<Uint8Array | undefined> {
    const path = segmentPath(segment)
    const chunk = await this.#volume.readRange(path, offset, CHUNK_BYTES)
    const header = chunk && decodeFrameHeader(chunk, 0, this.#checksum)
    if (header === undefined) return undefined
    const whole = frameBytes(header.payloadBytes)
    if (whole <= CHUNK_BYTES) return chunk
    // A frame is never longer than a segment, whatever its header says.
    if (whole > SEGMENT_BYTES_MAX) return undefined
    return await this.#volume.readRange(path, offset, whole)
  }

  async #enterNextSegment(cursor: Cursor): Promise<boolean> {
    const { segment, lsn } = cursor.position
    const header = await readHeader(this.#volume, segment + 1)
    if (header === undefined || header.firstLsn !== lsn + 1) return false
    Object.assign(cursor, beginOf(segment + 1, header.firstLsn, header.salt))
    return true
  }

  readonly #checksum = (bytes: Uint8Array, seed: number): number => this.#volume.crc32c(bytes, seed)
}

function beginOf(segment: number, firstLsn: number, salt: bigint): Cursor {
  return { position: { segment, offset: BLOCK_BYTES, lsn: firstLsn - 1, chain: 0 }, salt }
}

function takeFrame(frame: Frame, cursor: Cursor, entries: JournalEntry[]): void {
  const { kind, lsn, timeMs } = frame.header
  const path = segmentPath(cursor.position.segment)
  if (kind === FrameKind.void) withdraw(entries, frame, path)
  if (kind === FrameKind.commit)
    entries.push({ lsn, timeMs, transactions: readRecords(frame, path) })
  cursor.position = frame.end
}

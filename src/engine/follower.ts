import type { Volume } from '../disk/disk.js'
import {
  BLOCK_BYTES,
  decodeFrame,
  decodeFrameHeader,
  frameBytes,
  FrameKind,
  type Frame,
} from '../document/frame.js'
import { JOURNAL_DIRECTORY, parseSegmentName, segmentPath } from '../document/layout.js'
import type { JournalPosition, SharedPage } from '../document/page.js'
import { readHeader, readRecords, withdraw, type JournalEntry } from './journal-scan.js'

const CHUNK_BYTES = 1024 * 1024

/**
 * Follows the journal of a store that others write to: from where this process knows it to what is published now.
 * It needs no lock: a frame is believed only if it continues the one before, in the same epoch.
 */
export class Follower {
  readonly #volume: Volume
  readonly #page: SharedPage
  #position: JournalPosition
  /** The epoch of the known segment; undefined until its header is read. */
  #salt: bigint | undefined

  constructor(volume: Volume, page: SharedPage) {
    this.#volume = volume
    this.#page = page
    this.#position = page.position
    this.#salt = page.salt
  }

  get position(): JournalPosition {
    return this.#position
  }

  /** The position after a frame that this process wrote itself. */
  advance(position: JournalPosition): void {
    if (position.segment !== this.#position.segment) this.#salt = undefined
    this.#position = position
  }

  /** Goes back to the oldest frame that the journal still has. */
  async restart(): Promise<void> {
    const entries = (await this.#volume.list(JOURNAL_DIRECTORY)) ?? []
    const sequences = entries
      .map((entry) => parseSegmentName(entry.name))
      .filter((found) => found !== undefined)
    for (const segment of sequences.sort((a, b) => a - b)) {
      const header = await readHeader(this.#volume, segment)
      if (header === undefined) continue
      this.#position = { segment, offset: BLOCK_BYTES, lsn: header.firstLsn - 1, chain: 0 }
      this.#salt = header.salt
      return
    }
  }

  get isCurrent(): boolean {
    return this.#page.generation === this.#position.lsn >>> 0
  }

  /**
   * The entries between the known position and what is published. `undefined`: they are gone from the journal (a
   * checkpoint has covered and recycled them), so whoever keeps derived state must build it anew.
   */
  async follow(): Promise<readonly JournalEntry[] | undefined> {
    const entries: JournalEntry[] = []
    while (!this.isCurrent) {
      const frames = await this.#readFrames()
      if (frames === undefined && !(await this.#enterNextSegment())) return undefined
      for (const frame of frames ?? []) this.#take(frame, entries)
    }
    return entries
  }

  /** Whole frames from the known position on; undefined when this segment has none that count. */
  async #readFrames(): Promise<readonly Frame[] | undefined> {
    const bytes = await this.#readChunk()
    // Asked for after the read: what was read may have become void meanwhile, never the other way round.
    const last = await this.#lastValid()
    this.#salt ??= (await readHeader(this.#volume, this.#position.segment))?.salt
    if (bytes === undefined || last === undefined || this.#salt === undefined) return undefined
    const frames: Frame[] = []
    let position = this.#position
    while (position.lsn < last) {
      const frame = decodeFrame(bytes, this.#position.offset, position, this.#salt, this.#checksum)
      if (frame === undefined) break
      frames.push(frame)
      position = frame.end
    }
    return frames.length > 0 ? frames : undefined
  }

  /** The last lsn that counts in the known segment: what the next one does not take back, and what is published. */
  async #lastValid(): Promise<number | undefined> {
    const published = this.#page.getU64('published')
    if (this.#page.getU64('segment') === this.#position.segment) return published
    const next = await readHeader(this.#volume, this.#position.segment + 1)
    return next === undefined ? undefined : next.firstLsn - 1
  }

  /** The bytes from the known position on: at least one whole frame, where one is. */
  async #readChunk(): Promise<Uint8Array | undefined> {
    const path = segmentPath(this.#position.segment)
    const chunk = await this.#volume.readRange(path, this.#position.offset, CHUNK_BYTES)
    const header = chunk && decodeFrameHeader(chunk, 0, this.#checksum)
    if (header === undefined) return undefined
    const whole = frameBytes(header.payloadBytes)
    return whole <= CHUNK_BYTES
      ? chunk
      : await this.#volume.readRange(path, this.#position.offset, whole)
  }

  async #enterNextSegment(): Promise<boolean> {
    const segment = this.#position.segment + 1
    const header = await readHeader(this.#volume, segment)
    if (header === undefined || header.firstLsn !== this.#position.lsn + 1) return false
    this.#position = { segment, offset: BLOCK_BYTES, lsn: this.#position.lsn, chain: 0 }
    this.#salt = header.salt
    return true
  }

  #take(frame: Frame, entries: JournalEntry[]): void {
    const { kind, lsn, timeMs } = frame.header
    const path = segmentPath(this.#position.segment)
    if (kind === FrameKind.void) withdraw(entries, frame, path)
    if (kind === FrameKind.commit) {
      const transactions = readRecords(frame, path)
      entries.push({ lsn, timeMs, transactions })
    }
    this.#position = frame.end
  }

  readonly #checksum = (bytes: Uint8Array, seed: number): number => this.#volume.crc32c(bytes, seed)
}

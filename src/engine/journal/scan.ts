import type { Volume } from '../../disk/disk.js'
import {
  BLOCK_BYTES,
  decodeCheckpoint,
  decodeFrame,
  decodeFrameHeader,
  decodeSegmentHeader,
  decodeVoid,
  FrameKind,
  SEGMENT_BYTES_MAX,
  type Checksum,
  type Frame,
  type SegmentHeader,
} from '../../format/frame.js'
import { JOURNAL_DIRECTORY, parseSegmentName, segmentPath } from '../../format/layout.js'
import type { JournalPosition } from '../../format/page.js'
import { decodeExternal, decodeRecords, type RecordOperation } from '../../format/record.js'
import { isStorageError, type StorageError } from '../../base/errors.js'
import { foreignFrame, lostFrame, missingFrames, unreadableHeader } from './damage.js'

/** A frame's surviving transactions, in order. */
export interface JournalEntry {
  readonly lsn: number
  readonly timeMs: number
  readonly transactions: readonly (readonly RecordOperation[])[]
}

/** The journal's contents, read once while no process writes. */
export interface JournalScan {
  readonly entries: readonly JournalEntry[]
  /** Frames up to this lsn need no redo. */
  readonly checkpointLsn: number
  /** Where the journal ends, and the epoch of the segment it ends in. `undefined`: there is no journal yet. */
  readonly end: { readonly position: JournalPosition; readonly salt: bigint } | undefined
  /** The last frame is the note of a checkpoint that covers all before it, and nothing was begun after it. */
  readonly clean: boolean
  /** Live segments, in order; other files of the journal directory; segments whose header cannot be read. */
  readonly segments: readonly number[]
  readonly strays: readonly string[]
  readonly damaged: readonly number[]
  /** The first damage found at or before what is known to be flushed. */
  readonly damage: StorageError | undefined
}

/**
 * Reads the journal from its oldest live segment to its end. A torn tail ends it silently: nothing in it was ever
 * acknowledged. Damage where a later frame or segment says that all was flushed is corruption: it is reported, and
 * everything behind it is left out. Frames after the lsn `through` are left out as well: a writer may be writing them.
 */
export async function scanJournal(
  volume: Volume,
  through: number = Number.POSITIVE_INFINITY,
): Promise<JournalScan> {
  const found = await findSegments(volume)
  const run = new Set(unbrokenRun(found.segments.map(({ header }) => header.sequence)))
  const live = found.segments.filter(({ header }) => run.has(header.sequence))
  const scan = new Scan(volume, found, through)
  scan.checkHeaders(live.at(-1))
  for (const [at, segment] of live.entries()) {
    const isLast = at === live.length - 1
    const goesOn = await scan.segment(segment, live[at + 1], isLast)
    if (!goesOn) break
  }
  scan.checkBegin(live[0])
  return scan.result(live)
}

interface FoundSegment {
  readonly header: SegmentHeader
}

interface FoundFiles {
  readonly segments: readonly FoundSegment[]
  readonly strays: readonly string[]
  readonly damaged: readonly number[]
}

/** A header that belongs to another segment is a reuse that a crash cut short: a stray. */
async function findSegments(volume: Volume): Promise<FoundFiles> {
  const segments: FoundSegment[] = []
  const strays: string[] = []
  const damaged: number[] = []
  for (const entry of (await volume.list(JOURNAL_DIRECTORY)) ?? []) {
    const sequence = parseSegmentName(entry.name)
    const header = sequence === undefined ? undefined : await readAnyHeader(volume, sequence)
    if (sequence !== undefined && header === undefined) damaged.push(sequence)
    else if (header === undefined || header.sequence !== sequence) strays.push(entry.name)
    else segments.push({ header })
  }
  segments.sort((a, b) => a.header.sequence - b.header.sequence)
  return { segments, strays, damaged }
}

/** The header of a segment, or undefined when the segment does not exist. */
export async function readHeader(
  volume: Volume,
  sequence: number,
): Promise<SegmentHeader | undefined> {
  const header = await readAnyHeader(volume, sequence)
  return header?.sequence === sequence ? header : undefined
}

async function readAnyHeader(volume: Volume, sequence: number): Promise<SegmentHeader | undefined> {
  const block = await volume.readRange(segmentPath(sequence), 0, BLOCK_BYTES)
  return block && decodeSegmentHeader(block, volume.crc32c.bind(volume))
}

/**
 * Of ascending sequences of segments, the unbroken run that ends with the last: before a gap, a checkpoint covers all
 * segments. One may be there all the same, where its removal was refused or was lost with the power.
 */
export function unbrokenRun(sequences: readonly number[]): readonly number[] {
  let start = Math.max(sequences.length - 1, 0)
  while (start > 0 && sequences[start - 1] === (sequences[start] ?? 0) - 1) start--
  return sequences.slice(start)
}

class Scan {
  readonly #volume: Volume
  readonly #found: FoundFiles
  readonly #checksum: Checksum
  readonly #durableThrough: number
  readonly #through: number
  readonly #entries: JournalEntry[] = []
  #checkpointLsn: number
  #end: JournalScan['end']
  #lastFrame: Frame | undefined
  #damage: StorageError | undefined
  /** Something of this epoch is behind the journal's end: going on in the same epoch could bring it back. */
  #debris = false

  constructor(volume: Volume, found: FoundFiles, through: number) {
    const { segments } = found
    this.#volume = volume
    this.#found = found
    this.#through = through
    this.#checksum = volume.crc32c.bind(volume)
    this.#durableThrough = Math.max(0, ...segments.map((segment) => segment.header.durableThrough))
    this.#checkpointLsn = Math.max(0, ...segments.map((segment) => segment.header.checkpointLsn))
  }

  /**
   * A segment gets its name only after its header was flushed, so one newer than all others is damaged when its header
   * cannot be read. An older one may have reappeared after its removal with the bytes of another file in its blocks, as
   * on ext4 with data=writeback: `checkBegin` tells whether it is needed.
   */
  checkHeaders(newest: FoundSegment | undefined): void {
    const last = newest?.header.sequence ?? -1
    const unreadable = this.#found.damaged.find((sequence) => sequence > last)
    if (unreadable !== undefined) this.#damage = unreadableHeader(unreadable)
  }

  /** Whether the journal begins where the last checkpoint ended, as its frames tell once they are read. */
  checkBegin(oldest: FoundSegment | undefined): void {
    if (oldest === undefined || oldest.header.firstLsn <= this.#checkpointLsn + 1) return
    const unreadable = this.#found.damaged.at(-1)
    if (unreadable !== undefined) this.#damage ??= unreadableHeader(unreadable)
    this.#damage ??= missingFrames(this.#checkpointLsn, oldest.header)
  }

  /** Reads one segment; false when the journal ends in it, or is damaged. */
  async segment(
    { header }: FoundSegment,
    next: FoundSegment | undefined,
    isLast: boolean,
  ): Promise<boolean> {
    const path = segmentPath(header.sequence)
    const found = await this.#volume.readRange(path, 0, SEGMENT_BYTES_MAX)
    const bytes = found ?? new Uint8Array(0)
    let position: JournalPosition = {
      segment: header.sequence,
      offset: BLOCK_BYTES,
      lsn: header.firstLsn - 1,
      chain: 0,
    }
    const stop = next === undefined ? Number.POSITIVE_INFINITY : next.header.firstLsn
    while (position.lsn + 1 < stop && position.lsn < this.#through) {
      const frame = decodeFrame(bytes, 0, position, header.salt, this.#checksum)
      if (frame === undefined || !this.#take(frame, path)) break
      position = frame.end
    }
    this.#end = { position, salt: header.salt }
    if (position.lsn >= this.#through) return false
    // What a later header covers needs no redo. It may never have been flushed: recovery reads the page cache, too.
    const isCovered = next !== undefined && stop - 1 <= this.#checkpointLsn
    const goesOn = position.lsn + 1 === stop || isCovered
    if (isLast || !goesOn) this.#checkTail(bytes, position, header, isLast)
    return goesOn
  }

  result(live: readonly FoundSegment[]): JournalScan {
    return {
      entries: this.#entries.filter((entry) => entry.lsn > this.#checkpointLsn),
      checkpointLsn: this.#checkpointLsn,
      end: this.#end,
      clean: this.#damage === undefined && !this.#debris && this.#endsWithNote(),
      segments: live.map((segment) => segment.header.sequence),
      strays: this.#found.strays,
      damaged: this.#found.damaged,
      damage: this.#damage,
    }
  }

  /**
   * Whether the last frame notes a checkpoint of all before it, and nothing was begun after it: not even a segment,
   * whose header knows the checkpoint before and would miss this frame once its segment is reused.
   */
  #endsWithNote(): boolean {
    const [last, end] = [this.#lastFrame, this.#end?.position]
    if (last?.header.kind !== FrameKind.checkpoint || last.end.segment !== end?.segment)
      return false
    return decodeCheckpoint(last.payload) === last.header.lsn - 1 && last.header.lsn === end.lsn
  }

  /** False for a frame with a content that was never written: the journal ends before it, damaged. */
  #take(frame: Frame, path: string): boolean {
    try {
      this.#read(frame, path)
      this.#lastFrame = frame
      return true
    } catch (error) {
      if (!isStorageError(error)) throw error
      this.#damage ??= error
      return false
    }
  }

  #read(frame: Frame, path: string): void {
    const { kind, lsn, timeMs } = frame.header
    if (kind === FrameKind.checkpoint) {
      this.#checkpointLsn = Math.max(
        this.#checkpointLsn,
        readPayload(frame, path, decodeCheckpoint),
      )
    } else if (kind === FrameKind.void) {
      abort(this.#entries, frame, path)
    } else {
      this.#entries.push({ lsn, timeMs, transactions: readRecords(frame, path) })
    }
  }

  /**
   * The frame that should follow is incomplete. When anything written later says that it had been flushed, the disk has
   * lost what it had promised to keep.
   */
  #checkTail(
    bytes: Uint8Array,
    position: JournalPosition,
    segment: SegmentHeader,
    isLast: boolean,
  ): void {
    const lost = position.lsn + 1
    let durable = this.#durableThrough
    for (let offset = position.offset; offset < bytes.length; offset += BLOCK_BYTES) {
      const header = decodeFrameHeader(bytes, offset, this.#checksum)
      if (header?.salt !== segment.salt) continue
      this.#debris = true
      durable = Math.max(durable, header.durableThrough)
    }
    if (isLast && durable < lost) return
    this.#damage ??= lostFrame(position, durable)
  }
}

export function readRecords(frame: Frame, path: string): RecordOperation[][] {
  return readPayload(frame, path, (payload) => {
    const transactions = decodeRecords(payload)
    for (const { external, content } of transactions.flat()) if (external) decodeExternal(content)
    return transactions
  })
}

/** A frame with a correct checksum holds what an encoder wrote; anything else is damage that a checksum cannot see. */
function readPayload<Content>(
  frame: Frame,
  path: string,
  decode: (payload: Uint8Array) => Content,
): Content {
  try {
    return decode(frame.payload)
  } catch (cause) {
    throw foreignFrame(frame.header.lsn, path, cause)
  }
}

/** Removes the transactions that an abort record names from their entry. False when there is none. */
export function abort(entries: JournalEntry[], frame: Frame, path: string): boolean {
  const { lsn, places } = readPayload(frame, path, decodeVoid)
  const at = entries.findLastIndex((entry) => entry.lsn === lsn)
  const entry = entries[at]
  if (entry === undefined) return false
  entries[at] = {
    ...entry,
    transactions: entry.transactions.filter((_, place) => !places.has(place)),
  }
  return true
}

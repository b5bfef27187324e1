import type { Volume } from '../../disk/disk.js'
import {
  BLOCK_BYTES,
  decodeFrame,
  decodeFrameHeader,
  frameBytes,
  FrameKind,
  SEGMENT_BYTES_MAX,
  type Frame,
  type SegmentHeader,
} from '../../format/frame.js'
import { JOURNAL_DIRECTORY, parseSegmentName, segmentPath } from '../../format/layout.js'
import type { JournalPosition } from '../../format/page.js'
import { abort, readHeader, readRecords, unbrokenRun, type JournalEntry } from './scan.js'

const CHUNK_BYTES = 1024 * 1024

/** How far the journal was read: a frame is believed only if it continues the one before, in the same epoch. */
export interface Cursor {
  position: JournalPosition
  /** The epoch of the segment; undefined until its header is read. */
  salt: bigint | undefined
}

/**
 * Before the oldest frame that the journal still has: in the unbroken run of segments that ends with the newest one.
 * Undefined while there is no segment. A name without a readable header continues the run, so a damaged segment is met
 * and reported, and not passed over as one that was retired.
 */
export async function oldestCursor(volume: Volume): Promise<Cursor | undefined> {
  const entries = (await volume.list(JOURNAL_DIRECTORY)) ?? []
  const sequences = entries
    .map((entry) => parseSegmentName(entry.name))
    .filter((found) => found !== undefined)
    .sort((a, b) => a - b)
  const headers = new Map<number, SegmentHeader>()
  for (const sequence of sequences) {
    const header = await readHeader(volume, sequence)
    if (header !== undefined) headers.set(sequence, header)
  }
  const newest = [...headers.keys()].at(-1) ?? 0
  const run = unbrokenRun(sequences.filter((sequence) => sequence <= newest))
  const oldest = headers.get(run.find((sequence) => headers.has(sequence)) ?? 0)
  return oldest && beginOf(oldest)
}

/** The bytes from a position on: at least one whole frame, where one is. */
export async function readChunk(
  volume: Volume,
  { segment, offset }: JournalPosition,
): Promise<Uint8Array | undefined> {
  const path = segmentPath(segment)
  const chunk = await volume.readRange(path, offset, CHUNK_BYTES)
  const header = chunk && decodeFrameHeader(chunk, 0, volume.crc32c.bind(volume))
  if (header === undefined) return undefined
  const whole = frameBytes(header.payloadBytes)
  if (whole <= CHUNK_BYTES) return chunk
  // A frame is never longer than a segment, whatever its header says.
  if (whole > SEGMENT_BYTES_MAX) return undefined
  return await volume.readRange(path, offset, whole)
}

/** The whole frames in `bytes`, which begin at the cursor, up to the lsn `last`. */
export function framesIn(
  volume: Volume,
  bytes: Uint8Array,
  { position, salt }: Readonly<Cursor>,
  last: number,
): Frame[] {
  const frames: Frame[] = []
  if (salt === undefined) return frames
  const checksum = volume.crc32c.bind(volume)
  for (let at = position; at.lsn < last;) {
    const frame = decodeFrame(bytes, position.offset, at, salt, checksum)
    if (frame === undefined) break
    frames.push(frame)
    at = frame.end
  }
  return frames
}

/** Moves the cursor to the start of the next segment. False when that does not continue at the cursor. */
export function enter(cursor: Cursor, next: SegmentHeader | undefined): boolean {
  if (next === undefined || next.firstLsn !== cursor.position.lsn + 1) return false
  Object.assign(cursor, beginOf(next))
  return true
}

/** Adds the entry of a frame and moves the cursor. False: it aborts transactions that were already handed on. */
export function takeFrame(frame: Frame, cursor: Cursor, entries: JournalEntry[]): boolean {
  const { kind, lsn, timeMs } = frame.header
  const path = segmentPath(cursor.position.segment)
  cursor.position = frame.end
  if (kind === FrameKind.void) return abort(entries, frame, path)
  if (kind === FrameKind.commit)
    entries.push({ lsn, timeMs, transactions: readRecords(frame, path) })
  return true
}

function beginOf({ sequence, firstLsn, salt }: SegmentHeader): Cursor {
  return { position: { segment: sequence, offset: BLOCK_BYTES, lsn: firstLsn - 1, chain: 0 }, salt }
}

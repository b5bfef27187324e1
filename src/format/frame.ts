import type { JournalPosition } from './page.js'
import { FormatError } from '../base/errors.js'

/**
 * Journal segments and frames. A segment begins with a 4096-byte header page; frames follow, each beginning on a
 * 4096-byte boundary, so that a block that holds acknowledged bytes is never rewritten. docs/format.md draws it.
 * native/core/frame.h writes the same bytes.
 */
/** The largest segment: what is beyond, in a file that was made longer, is not part of the journal. */
export const SEGMENT_BYTES_MAX: number = 256 * 1024 * 1024
export const BLOCK_BYTES = 4096
export const FRAME_HEADER_BYTES = 64
export const FRAME_MAGIC = 0x314a4648 // 'HFJ1'
export const SEGMENT_MAGIC = 0x31534648 // 'HFS1'
export const FORMAT_VERSION = 1

/** What a frame holds: transactions, the note of a finished checkpoint, or an abort record. */
export const FrameKind = { commit: 0, checkpoint: 1, void: 2 } as const
export type FrameKindNumber = (typeof FrameKind)[keyof typeof FrameKind]

/**
 * Frame header, 64 bytes, little-endian:
 *   0 u32 magic            4 u32 header checksum: CRC-32C of bytes 8..63
 *   8 u64 salt of the segment's epoch               16 u64 log sequence number (lsn)
 *  24 u64 durable_through: the last lsn known to be flushed when this frame was written
 *  32 u32 payload bytes   36 u32 frame checksum: CRC-32C of bytes 40..63, then the payload, seeded with `previous`
 *  40 u32 previous: the frame checksum of the frame before (0 for the first of a segment)
 *  44 u32 transactions    48 u64 time, ms since 1970        56 u32 kind        60 u32 zero
 */
export interface FrameHeader {
  readonly salt: bigint
  readonly lsn: number
  readonly durableThrough: number
  readonly payloadBytes: number
  readonly checksum: number
  readonly previous: number
  readonly transactionCount: number
  readonly timeMs: number
  readonly kind: FrameKindNumber
}

/**
 * Segment header: 0 u32 magic, 4 u32 CRC-32C of bytes 8..63, 8 u32 format version, 12 u32 zero, 16 u64 segment
 * sequence number, 24 u64 salt, 32 u64 lsn of its first frame, 40 u64 checkpoint: frames up to this lsn need no redo,
 * 48 u64 durable_through, 56 u64 time. Frames of older segments from `firstLsn` on are void.
 */
export interface SegmentHeader {
  readonly sequence: number
  readonly salt: bigint
  readonly firstLsn: number
  readonly checkpointLsn: number
  readonly durableThrough: number
  readonly timeMs: number
}

export type Checksum = (bytes: Uint8Array, seed: number) => number

/** How many bytes a frame takes in its segment: header and payload, padded to whole blocks. */
export function frameBytes(payloadBytes: number): number {
  return Math.ceil((FRAME_HEADER_BYTES + payloadBytes) / BLOCK_BYTES) * BLOCK_BYTES
}

/** The padded frame and its checksum, which seeds the next one. */
export function encodeFrame(
  header: Omit<FrameHeader, 'payloadBytes' | 'checksum'>,
  payload: Uint8Array,
  checksum: Checksum,
): { readonly bytes: Uint8Array; readonly checksum: number } {
  const bytes = new Uint8Array(frameBytes(payload.length))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, FRAME_MAGIC, true)
  view.setBigUint64(8, header.salt, true)
  view.setBigUint64(16, BigInt(header.lsn), true)
  view.setBigUint64(24, BigInt(header.durableThrough), true)
  view.setUint32(32, payload.length, true)
  view.setUint32(40, header.previous, true)
  view.setUint32(44, header.transactionCount, true)
  view.setBigUint64(48, BigInt(header.timeMs), true)
  view.setUint32(56, header.kind, true)
  bytes.set(payload, FRAME_HEADER_BYTES)
  const sum = checksum(bytes.subarray(40, FRAME_HEADER_BYTES + payload.length), header.previous)
  view.setUint32(36, sum, true)
  view.setUint32(4, checksum(bytes.subarray(8, FRAME_HEADER_BYTES), 0), true)
  return { bytes, checksum: sum }
}

/** The header at `offset`, or undefined if there is no whole one. Nothing in it is trusted before its checksum fits. */
export function decodeFrameHeader(
  segment: Uint8Array,
  offset: number,
  checksum: Checksum,
): FrameHeader | undefined {
  if (offset < 0 || segment.length - offset < FRAME_HEADER_BYTES) return undefined
  const view = new DataView(segment.buffer, segment.byteOffset + offset, FRAME_HEADER_BYTES)
  if (view.getUint32(0, true) !== FRAME_MAGIC) return undefined
  const covered = segment.subarray(offset + 8, offset + FRAME_HEADER_BYTES)
  if (view.getUint32(4, true) !== checksum(covered, 0)) return undefined
  const kind = view.getUint32(56, true)
  if (kind !== FrameKind.commit && kind !== FrameKind.checkpoint && kind !== FrameKind.void)
    return undefined
  if (view.getUint32(60, true) !== 0 || !areSafe(view, [16, 24, 48])) return undefined
  return {
    salt: view.getBigUint64(8, true),
    lsn: numberAt(view, 16),
    durableThrough: numberAt(view, 24),
    payloadBytes: view.getUint32(32, true),
    checksum: view.getUint32(36, true),
    previous: view.getUint32(40, true),
    transactionCount: view.getUint32(44, true),
    timeMs: numberAt(view, 48),
    kind,
  }
}

export interface Frame {
  readonly header: FrameHeader
  readonly payload: Uint8Array
  /** Where the frame after this one begins. */
  readonly end: JournalPosition
}

/**
 * The frame that continues the journal at `position`, if it is whole: right epoch, next lsn, checksum continued from
 * the previous frame. `bytes` are the segment's bytes from `bytesOffset` on.
 */
export function decodeFrame(
  bytes: Uint8Array,
  bytesOffset: number,
  position: JournalPosition,
  salt: bigint,
  checksum: Checksum,
): Frame | undefined {
  const offset = position.offset - bytesOffset
  const header = decodeFrameHeader(bytes, offset, checksum)
  if (header === undefined || header.salt !== salt || header.lsn !== position.lsn + 1)
    return undefined
  if (header.previous !== position.chain) return undefined
  const payloadStart = offset + FRAME_HEADER_BYTES
  if (header.payloadBytes > bytes.length - payloadStart) return undefined
  const covered = bytes.subarray(offset + 40, payloadStart + header.payloadBytes)
  if (checksum(covered, header.previous) !== header.checksum) return undefined
  return {
    header,
    payload: bytes.subarray(payloadStart, payloadStart + header.payloadBytes),
    end: {
      segment: position.segment,
      offset: position.offset + frameBytes(header.payloadBytes),
      lsn: header.lsn,
      chain: header.checksum,
    },
  }
}

export function encodeSegmentHeader(header: SegmentHeader, checksum: Checksum): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, SEGMENT_MAGIC, true)
  view.setUint32(8, FORMAT_VERSION, true)
  view.setBigUint64(16, BigInt(header.sequence), true)
  view.setBigUint64(24, header.salt, true)
  view.setBigUint64(32, BigInt(header.firstLsn), true)
  view.setBigUint64(40, BigInt(header.checkpointLsn), true)
  view.setBigUint64(48, BigInt(header.durableThrough), true)
  view.setBigUint64(56, BigInt(header.timeMs), true)
  view.setUint32(4, checksum(bytes.subarray(8, 64), 0), true)
  return bytes
}

export function decodeSegmentHeader(
  bytes: Uint8Array,
  checksum: Checksum,
): SegmentHeader | undefined {
  if (bytes.length < FRAME_HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_HEADER_BYTES)
  if (view.getUint32(0, true) !== SEGMENT_MAGIC) return undefined
  if (view.getUint32(4, true) !== checksum(bytes.subarray(8, 64), 0)) return undefined
  if (view.getUint32(8, true) !== FORMAT_VERSION || view.getUint32(12, true) !== 0) return undefined
  if (!areSafe(view, [16, 32, 40, 48, 56])) return undefined
  return {
    sequence: numberAt(view, 16),
    salt: view.getBigUint64(24, true),
    firstLsn: numberAt(view, 32),
    checkpointLsn: numberAt(view, 40),
    durableThrough: numberAt(view, 48),
    timeMs: numberAt(view, 56),
  }
}

function numberAt(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true))
}

/** A number beyond the safe integers would be read as another one. */
function areSafe(view: DataView, offsets: readonly number[]): boolean {
  return offsets.every((offset) => Number.isSafeInteger(numberAt(view, offset)))
}

/** An abort record for transactions of the previous frame: u64 lsn, then a u32 for each aborted transaction's place. */
export function encodeVoid(lsn: number, places: readonly number[]): Uint8Array {
  const payload = new Uint8Array(8 + 4 * places.length)
  const view = new DataView(payload.buffer)
  view.setBigUint64(0, BigInt(lsn), true)
  places.forEach((place, at) => view.setUint32(8 + 4 * at, place, true))
  return payload
}

/** @throws FormatError for bytes that `encodeVoid` would not write */
export function decodeVoid(payload: Uint8Array): {
  readonly lsn: number
  readonly places: Set<number>
} {
  const lsn = decodeLsn(payload)
  if (payload.length % 4 !== 0) throw new FormatError('a withdrawal is cut off')
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const places = new Set<number>()
  for (let offset = 8; offset < payload.length; offset += 4)
    places.add(view.getUint32(offset, true))
  return { lsn, places }
}

/** A checkpoint frame's payload: u64, frames up to this lsn need no redo. */
export function encodeCheckpoint(lsn: number): Uint8Array {
  const payload = new Uint8Array(8)
  new DataView(payload.buffer).setBigUint64(0, BigInt(lsn), true)
  return payload
}

/** @throws FormatError for bytes that `encodeCheckpoint` would not write */
export function decodeCheckpoint(payload: Uint8Array): number {
  if (payload.length !== 8) throw new FormatError(`a checkpoint of ${payload.length} bytes`)
  return decodeLsn(payload)
}

function decodeLsn(payload: Uint8Array): number {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  if (payload.length < 8 || !areSafe(view, [0])) throw new FormatError('no log sequence number')
  return numberAt(view, 0)
}

// Makes journals to be mutated, and repairs their checksums, so that what is behind these is reached as well.
import { crc32c } from '../../../dist/format/crc32c.js'
import {
  BLOCK_BYTES,
  encodeCheckpoint,
  encodeFrame,
  encodeSegmentHeader,
  encodeVoid,
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  FrameKind,
  frameBytes,
  SEGMENT_MAGIC,
} from '../../../dist/format/frame.js'
import { encodeExternal, encodeRecord, OperationKind } from '../../../dist/format/record.js'

export const SALT = 0x1122334455667788n

/** One segment: its header, then frames that continue one another: first of these kinds, then of any. */
export function makeSegment(
  random,
  { sequence = 1, firstLsn = 1, salt = SALT, frames = 4, kinds = [] } = {},
) {
  const times = { checkpointLsn: 0, durableThrough: Math.max(0, firstLsn - 1), timeMs: 1000 }
  const blocks = [encodeSegmentHeader({ sequence, salt, firstLsn, ...times }, crc32c)]
  let previous = 0
  for (let lsn = firstLsn; lsn < firstLsn + frames; lsn++) {
    const kind = kinds[lsn - firstLsn] ?? pickKind(random)
    const { payload, transactionCount } = makePayload(random, lsn, kind)
    const header = { salt, lsn, durableThrough: lsn - 1, previous, transactionCount, timeMs: lsn }
    const { bytes, checksum } = encodeFrame({ ...header, kind }, payload, crc32c)
    blocks.push(bytes)
    previous = checksum
  }
  blocks.push(new Uint8Array(BLOCK_BYTES))
  return Buffer.concat(blocks)
}

function pickKind(random) {
  const dice = random.next()
  if (dice < 0.1) return FrameKind.checkpoint
  return dice < 0.2 ? FrameKind.void : FrameKind.commit
}

function makePayload(random, lsn, kind) {
  if (kind === FrameKind.checkpoint)
    return { payload: encodeCheckpoint(lsn - 1), transactionCount: 0 }
  if (kind === FrameKind.void) return { payload: encodeVoid(lsn - 1, [0]), transactionCount: 0 }
  const records = Array.from({ length: random.integer(1, 3) }, () => makeRecord(random))
  const payload = Buffer.concat(records)
  return { payload, transactionCount: records.length }
}

const { check, ...JOURNALED } = OperationKind

/** The record of a transaction, with checks only if it is that of a request. */
export function makeRecord(random, kinds = Object.values(JOURNALED)) {
  return encodeRecord(
    Array.from({ length: random.integer(1, 3) }, () => {
      const kind = random.pick(kinds)
      const path = random.pick(['p/1.0.0.json', 'a', '日本/x', '\ufeffp/1', 'q/..a/b'])
      if (kind === check && random.chance(0.5))
        return { kind, path, content: Buffer.alloc(0), external: false, absent: true }
      const external = kind <= OperationKind.replace && random.chance(0.2)
      const digest = Buffer.alloc(32, 7)
      const content = external
        ? encodeExternal({ stagedPath: '.tmp/staged.tmp.1', bytes: random.integer(0, 99), digest })
        : Buffer.alloc(random.integer(0, 60), 'x')
      if (kind !== OperationKind.replace || random.chance(0.5))
        return { kind, path, content, external }
      return { kind, path, content, external, expected: Buffer.alloc(random.integer(1, 20), 'o') }
    }),
  )
}

/** Cuts a segment into its blocks and puts them together in another way. */
export function shuffleFrames(segment, other, random) {
  const frames = framesOf(segment)
  const [left, right] = [0, 0].map(() => random.integer(0, frames.length - 1))
  const shuffle = random.pick([
    () => ([frames[left], frames[right]] = [frames[right], frames[left]]),
    () => frames.splice(left, 0, frames[right]),
    () => frames.splice(left, 1),
    () => frames.splice(left, frames.length, ...framesOf(other).slice(left)),
    () => frames.splice(1, frames.length, ...frames.slice(1).reverse()),
    () => frames.splice(left, 1, Buffer.alloc(frames[left].length)),
    () => (frames[left] = withPayloadOf(frames[left], random.integer(0, 20))),
  ])
  shuffle()
  return Buffer.concat(frames)
}

/** A frame that says that its payload has `bytes` bytes. */
function withPayloadOf(frame, bytes) {
  const changed = Buffer.from(frame)
  changed.writeUInt32LE(bytes, 32)
  return changed
}

/** The header block, then each frame, by what their headers say. */
export function framesOf(segment) {
  const frames = []
  for (let offset = 0; offset < segment.length;) {
    const isFrame =
      offset + FRAME_HEADER_BYTES <= segment.length && segment.readUInt32LE(offset) === FRAME_MAGIC
    const bytes = isFrame ? frameBytes(segment.readUInt32LE(offset + 32)) : BLOCK_BYTES
    const end = Math.min(segment.length, offset + bytes)
    frames.push(segment.subarray(offset, end))
    offset = end
  }
  return frames
}

/** Every frame's and segment header's checksums as they would have to be. */
export function repairSegment(segment) {
  let previous = 0
  for (let offset = 0; offset + FRAME_HEADER_BYTES <= segment.length;) {
    const header = segment.subarray(offset, offset + FRAME_HEADER_BYTES)
    const magic = header.readUInt32LE(0)
    let bytes = BLOCK_BYTES
    if (magic === FRAME_MAGIC) {
      const payloadBytes = header.readUInt32LE(32)
      const end = offset + FRAME_HEADER_BYTES + payloadBytes
      header.writeUInt32LE(previous, 40)
      if (end <= segment.length) {
        previous = crc32c(segment.subarray(offset + 40, end), previous)
        header.writeUInt32LE(previous, 36)
        bytes = frameBytes(payloadBytes)
      }
    }
    if (magic === FRAME_MAGIC || magic === SEGMENT_MAGIC)
      header.writeUInt32LE(crc32c(header.subarray(8), 0), 4)
    offset += bytes
  }
  return segment
}

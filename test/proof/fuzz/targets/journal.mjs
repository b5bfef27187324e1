// Decoders of the journal: segment headers, frames, records, and the scan over all of them.
import { crc32c } from '../../../../dist/format/crc32c.js'
import {
  BLOCK_BYTES,
  decodeCheckpoint,
  decodeFrame,
  decodeFrameHeader,
  decodeSegmentHeader,
  decodeVoid,
  encodeCheckpoint,
  encodeFrame,
  encodeSegmentHeader,
  encodeVoid,
  FRAME_HEADER_BYTES,
  FrameKind,
} from '../../../../dist/format/frame.js'
import {
  decodeExternal,
  decodeRecords,
  decodeRequest,
  encodeExternal,
  encodeRecord,
  OperationKind,
} from '../../../../dist/format/record.js'
import { FormatError } from '../../../../dist/base/errors.js'
import { makeRecord, makeSegment, repairSegment, SALT, shuffleFrames } from '../journal.mjs'
import { mutate } from '../mutate.mjs'
import { mustEqual, unless } from '../properties.mjs'

const segments = {
  seeds: (random) => [
    makeSegment(random),
    makeSegment(random, { sequence: 2, firstLsn: 5, salt: SALT + 1n }),
    makeSegment(random, { frames: 9, kinds: Object.values(FrameKind) }),
  ],
  mutate(bytes, others, random) {
    const shuffled = random.chance(0.5) ? shuffleFrames(bytes, random.pick(others), random) : bytes
    const changed = random.chance(0.7) ? mutate(shuffled, others, random) : Buffer.from(shuffled)
    return random.chance(0.7) ? repairSegment(changed) : changed
  },
}

export const segment = {
  ...segments,
  check(bytes) {
    const header = decodeSegmentHeader(bytes, crc32c)
    if (header === undefined) return false
    const used = bytes.subarray(0, FRAME_HEADER_BYTES)
    mustEqual(encodeSegmentHeader(header, crc32c).subarray(0, FRAME_HEADER_BYTES), used)
    return true
  },
}

export const frame = {
  ...segments,
  check(bytes) {
    let accepted = false
    for (let offset = 0; offset <= bytes.length; offset += BLOCK_BYTES) {
      const header = decodeFrameHeader(bytes, offset, crc32c)
      if (header === undefined) continue
      const position = { segment: 1, offset, lsn: header.lsn - 1, chain: header.previous }
      const found = decodeFrame(bytes, 0, position, header.salt, crc32c)
      if (found === undefined) continue
      accepted = true
      const again = encodeFrame(header, found.payload, crc32c).bytes
      const used = FRAME_HEADER_BYTES + found.payload.length
      mustEqual(again.subarray(0, used), bytes.subarray(offset, offset + used))
      checkPayload(found)
    }
    return accepted
  },
}

function checkPayload({ header, payload }) {
  if (header.kind === FrameKind.checkpoint) {
    const lsn = unless(FormatError, () => decodeCheckpoint(payload))
    if (lsn !== undefined) mustEqual(encodeCheckpoint(lsn), payload)
  } else if (header.kind === FrameKind.void) {
    const found = unless(FormatError, () => decodeVoid(payload))
    if (found === undefined) return
    const again = decodeVoid(encodeVoid(found.lsn, [...found.places]))
    mustEqual(again.lsn, found.lsn)
    mustEqual([...again.places], [...found.places])
  } else unless(FormatError, () => decodeRecords(payload))
}

export const record = {
  // Enough that each kind of path and of operation is among them.
  seeds: (random) =>
    Array.from({ length: 60 }, () => Buffer.from(makeRecord(random, Object.values(OperationKind)))),
  mutate(bytes, others, random) {
    const changed = mutate(bytes, others, random)
    // The first length is made to fit, so that what is behind it is reached.
    if (changed.length >= 8 && random.chance(0.7)) changed.writeUInt32LE(changed.length, 0)
    return changed
  },
  check(bytes) {
    const transactions = unless(FormatError, () => decodeRequest(bytes))
    if (transactions === undefined) return false
    mustEqual(Buffer.concat(transactions.map(encodeRecord)), bytes)
    for (const { content, external } of transactions.flat()) {
      const found = external ? unless(FormatError, () => decodeExternal(content)) : undefined
      if (found !== undefined) mustEqual(encodeExternal(found), content)
    }
    return true
  },
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../src/format/crc32c.js'
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
  frameBytes,
  FrameKind,
  type FrameHeader,
} from '../../../src/format/frame.js'
import type { JournalPosition } from '../../../src/format/page.js'
import { FormatError } from '../../../src/base/errors.js'
import { bytesUpTo, seeded } from '../../support/random.js'

const u32 = fc.nat(0xffffffff)
const count = fc.nat(Number.MAX_SAFE_INTEGER - 1)
const salt = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

const header = fc.record({
  salt,
  lsn: count.map((lsn) => lsn + 1),
  durableThrough: count,
  previous: u32,
  transactionCount: u32,
  timeMs: count,
  kind: fc.constantFrom(...Object.values(FrameKind)),
})

type Given = Omit<FrameHeader, 'payloadBytes' | 'checksum'>

const positionBefore = (given: Given, offset = 0): JournalPosition => ({
  segment: 1,
  offset,
  lsn: given.lsn - 1,
  chain: given.previous,
})

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

describe('frames', () => {
  it('come back as they went in, wherever they are', () => {
    fc.assert(
      fc.property(header, bytesUpTo(9000), fc.nat(3), (given, payload, blocks) => {
        const { bytes, checksum } = encodeFrame(given, payload, crc32c)
        expect(bytes.length).toBe(frameBytes(payload.length))
        expect(bytes.length % BLOCK_BYTES).toBe(0)
        const offset = blocks * BLOCK_BYTES
        const segment = new Uint8Array(offset + bytes.length + 100)
        segment.set(bytes, offset)
        const frame = decodeFrame(segment, 0, positionBefore(given, offset), given.salt, crc32c)
        expect(frame?.header).toEqual({ ...given, payloadBytes: payload.length, checksum })
        expect(frame?.payload).toEqual(payload)
        expect(frame?.end).toEqual({
          segment: 1,
          offset: offset + bytes.length,
          lsn: given.lsn,
          chain: checksum,
        })
      }),
      seeded(200),
    )
  })

  it('are found in bytes that begin later in the segment', () => {
    fc.assert(
      fc.property(header, bytesUpTo(500), (given, payload) => {
        const { bytes } = encodeFrame(given, payload, crc32c)
        const position = positionBefore(given, 5 * BLOCK_BYTES)
        const frame = decodeFrame(bytes, 5 * BLOCK_BYTES, position, given.salt, crc32c)
        expect(frame?.payload).toEqual(payload)
        expect(frame?.end.offset).toBe(5 * BLOCK_BYTES + bytes.length)
      }),
      seeded(50),
    )
  })

  it('are refused wherever header or payload is cut off', () => {
    fc.assert(
      fc.property(header, bytesUpTo(300), (given, payload) => {
        const { bytes } = encodeFrame(given, payload, crc32c)
        for (let length = 0; length < FRAME_HEADER_BYTES + payload.length; length++) {
          const cut = bytes.subarray(0, length)
          const frame = decodeFrame(cut, 0, positionBefore(given), given.salt, crc32c)
          expect(frame).toBeUndefined()
        }
      }),
      seeded(30),
    )
  })

  it('are refused, or unchanged, when any single bit is flipped', () => {
    fc.assert(
      fc.property(header, bytesUpTo(150), (given, payload) => {
        const { bytes } = encodeFrame(given, payload, crc32c)
        const position = positionBefore(given)
        const whole = decodeFrame(bytes, 0, position, given.salt, crc32c)
        const covered = (FRAME_HEADER_BYTES + payload.length) * 8
        for (let bit = 0; bit < covered; bit++) {
          expect(decodeFrame(flipped(bytes, bit), 0, position, given.salt, crc32c)).toBeUndefined()
        }
        // The padding belongs to no frame.
        for (let bit = covered; bit < Math.min(covered + 64, bytes.length * 8); bit++) {
          expect(decodeFrame(flipped(bytes, bit), 0, position, given.salt, crc32c)).toEqual(whole)
        }
      }),
      seeded(20),
    )
  })

  it('of another epoch, place or chain are refused', () => {
    fc.assert(
      fc.property(header, bytesUpTo(50), (given, payload) => {
        const { bytes } = encodeFrame(given, payload, crc32c)
        const position = positionBefore(given)
        const otherSalt = given.salt ^ 1n
        expect(decodeFrame(bytes, 0, position, otherSalt, crc32c)).toBeUndefined()
        const later = { ...position, lsn: position.lsn + 1 }
        expect(decodeFrame(bytes, 0, later, given.salt, crc32c)).toBeUndefined()
        const otherChain = { ...position, chain: (position.chain ^ 1) >>> 0 }
        expect(decodeFrame(bytes, 0, otherChain, given.salt, crc32c)).toBeUndefined()
      }),
      seeded(100),
    )
  })

  it('are not seen in zeros, in noise, or outside the bytes', () => {
    expect(decodeFrameHeader(new Uint8Array(BLOCK_BYTES), 0, crc32c)).toBeUndefined()
    expect(decodeFrameHeader(new Uint8Array(BLOCK_BYTES), -1, crc32c)).toBeUndefined()
    expect(decodeFrameHeader(new Uint8Array(BLOCK_BYTES), 4090, crc32c)).toBeUndefined()
    fc.assert(
      fc.property(bytesUpTo(300), (bytes) => decodeFrameHeader(bytes, 0, crc32c) === undefined),
      seeded(500),
    )
  })

  it('of an unknown kind are refused, though their checksums fit', () => {
    const given = {
      salt: 1n,
      lsn: 1,
      durableThrough: 0,
      previous: 0,
      transactionCount: 0,
      timeMs: 0,
    }
    const unknown = { ...given, kind: 3 as 2 }
    const { bytes } = encodeFrame(unknown, new Uint8Array(4), crc32c)
    expect(decodeFrameHeader(bytes, 0, crc32c)).toBeUndefined()
  })
})

describe('segment headers', () => {
  const segment = fc.record({
    sequence: count,
    salt,
    firstLsn: count,
    checkpointLsn: count,
    durableThrough: count,
    timeMs: count,
  })

  it('come back as they went in', () => {
    fc.assert(
      fc.property(segment, (given) => {
        const bytes = encodeSegmentHeader(given, crc32c)
        expect(bytes.length).toBe(BLOCK_BYTES)
        expect(decodeSegmentHeader(bytes, crc32c)).toEqual(given)
      }),
      seeded(200),
    )
  })

  it('are refused when cut off or when any single bit is flipped', () => {
    fc.assert(
      fc.property(segment, (given) => {
        const bytes = encodeSegmentHeader(given, crc32c)
        for (let length = 0; length < FRAME_HEADER_BYTES; length++) {
          expect(decodeSegmentHeader(bytes.subarray(0, length), crc32c)).toBeUndefined()
        }
        for (let bit = 0; bit < FRAME_HEADER_BYTES * 8; bit++) {
          expect(decodeSegmentHeader(flipped(bytes, bit), crc32c)).toBeUndefined()
        }
      }),
      seeded(20),
    )
  })
})

describe('numbers that JavaScript cannot hold', () => {
  it('are refused in headers of frames and segments, though the checksums fit', () => {
    const given = { salt: 1n, previous: 0, transactionCount: 0, kind: FrameKind.commit }
    const numbers = { lsn: 1, durableThrough: 1, timeMs: 1 }
    const facts = { sequence: 1, firstLsn: 1, checkpointLsn: 1, durableThrough: 1, timeMs: 1 }
    for (const field of Object.keys(numbers)) {
      const header = { ...given, ...numbers, [field]: 2 ** 53 }
      const { bytes } = encodeFrame(header, new Uint8Array(0), crc32c)
      expect(decodeFrameHeader(bytes, 0, crc32c), field).toBeUndefined()
    }
    for (const field of Object.keys(facts)) {
      const bytes = encodeSegmentHeader({ ...facts, salt: 1n, [field]: 2 ** 53 }, crc32c)
      expect(decodeSegmentHeader(bytes, crc32c), field).toBeUndefined()
    }
  })
})

describe('payloads of other frames', () => {
  it('are refused when they are cut off, too long, or name no frame', () => {
    const whole = encodeVoid(5, [1, 2])
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length)
      if (length < 8 || length % 4 !== 0) expect(() => decodeVoid(cut)).toThrow(FormatError)
      if (length !== 8) expect(() => decodeCheckpoint(cut)).toThrow(FormatError)
    }
    const beyond = new Uint8Array(8).fill(0xff)
    expect(() => decodeVoid(beyond)).toThrow(FormatError)
    expect(() => decodeCheckpoint(beyond)).toThrow(FormatError)
  })

  it('withdrawals come back as they went in', () => {
    fc.assert(
      fc.property(count, fc.uniqueArray(u32, { maxLength: 20 }), (lsn, places) => {
        const decoded = decodeVoid(encodeVoid(lsn, places))
        expect(decoded).toEqual({ lsn, places: new Set(places) })
      }),
      seeded(100),
    )
  })

  it('checkpoints come back as they went in', () => {
    fc.assert(
      fc.property(count, (lsn) => decodeCheckpoint(encodeCheckpoint(lsn)) === lsn),
      seeded(100),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeExternal,
  decodeRecords,
  decodeRequest,
  encodeExternal,
  encodeRecord,
  FLAG_EXPECTED,
  isSafePath,
  OperationKind,
  RECORD_HEADER_BYTES,
  type RecordOperation,
} from '../../../src/format/record.js'
import { FormatError } from '../../../src/base/errors.js'
import { bytesUpTo, seeded } from '../../support/random.js'

const path = fc
  .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join('/'))
  .filter(isSafePath)

const operation: fc.Arbitrary<RecordOperation> = fc
  .record({
    kind: fc.constantFrom(...Object.values(OperationKind)),
    path,
    content: bytesUpTo(200),
    external: fc.boolean(),
  })
  .filter(({ kind, external }) => !external || kind <= OperationKind.replace)
  .chain((given): fc.Arbitrary<RecordOperation> => {
    if (given.kind === OperationKind.check) {
      const absent = { ...given, content: new Uint8Array(0), absent: true } as const
      return fc.constantFrom<RecordOperation>(given, absent)
    }
    if (given.kind !== OperationKind.replace) return fc.constant(given)
    const expected = bytesUpTo(60).filter(({ length }) => length > 0)
    return fc.option(expected, { nil: undefined }).map((bytes) => {
      return bytes === undefined ? given : { ...given, expected: bytes }
    })
  })
const transactions = fc.array(fc.array(operation, { maxLength: 4 }), { maxLength: 5 })

const encodeAll = (given: readonly (readonly RecordOperation[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(given.map(encodeRecord)))

describe('transaction records', () => {
  it('come back as they went in', () => {
    fc.assert(
      fc.property(transactions, (given) => {
        expect(decodeRequest(encodeAll(given))).toEqual(given)
      }),
      seeded(300),
    )
  })

  it('come back from a view into a larger buffer too', () => {
    fc.assert(
      fc.property(transactions, fc.nat(50), (given, before) => {
        const bytes = encodeAll(given)
        const larger = new Uint8Array(before + bytes.length + 7).fill(0xee)
        larger.set(bytes, before)
        expect(decodeRequest(larger.subarray(before, before + bytes.length))).toEqual(given)
      }),
      seeded(100),
    )
  })

  it('are refused wherever they are cut, but between two of them', () => {
    fc.assert(
      fc.property(transactions, (given) => {
        const bytes = encodeAll(given)
        const ends = given.map((_, index) => encodeAll(given.slice(0, index + 1)).length)
        for (let length = 1; length < bytes.length; length++) {
          const cut = bytes.subarray(0, length)
          const whole = ends.indexOf(length)
          if (whole < 0) expect(() => decodeRequest(cut)).toThrow(FormatError)
          else expect(decodeRequest(cut)).toEqual(given.slice(0, whole + 1))
        }
      }),
      seeded(30),
    )
  })

  it('with any flipped bit are refused, or are exactly what the bytes now say', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 3 }), (given) => {
        const bytes = encodeRecord(given)
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const flipped = Uint8Array.from(bytes)
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
          // Nothing but the frame's checksum finds a changed content; but no flip may lead astray.
          const decoded = decodeOrRefuse(flipped)
          if (decoded !== undefined) expect(encodeAll(decoded)).toEqual(flipped)
        }
      }),
      seeded(4),
    )
  })

  it('never lead astray, whatever the bytes', () => {
    fc.assert(
      fc.property(bytesUpTo(200), (bytes) => {
        const decoded = decodeOrRefuse(bytes)
        if (decoded !== undefined) expect(encodeAll(decoded)).toEqual(bytes)
      }),
      seeded(2000),
    )
  })
})

describe('what no encoder writes', () => {
  const content = new Uint8Array(0)

  it('is a path that loses a byte order mark on its way', () => {
    const given = [
      { kind: OperationKind.create, path: '\ufeffa/\ufeffb', content, external: false },
    ]
    expect(decodeRequest(encodeAll([given]))).toEqual([given])
    const external = { stagedPath: '\ufeffa', bytes: 1, digest: new Uint8Array(32) }
    expect(decodeExternal(encodeExternal(external))).toEqual(external)
  })

  it('is expected bytes of what is not a replace, or of none, which is refused', () => {
    const expected = Buffer.from('old')
    for (const kind of [OperationKind.create, OperationKind.remove]) {
      const record = encodeRecord([{ kind, path: 'a', content, external: false, expected }])
      expect(() => decodeRequest(record)).toThrow(FormatError)
    }
    const none = { kind: OperationKind.replace, path: 'a', content, external: false }
    expect(() => decodeRequest(encodeRecord([{ ...none, expected: content }]))).toThrow(FormatError)
    const cut = encodeRecord([none])
    cut[RECORD_HEADER_BYTES + 1] = FLAG_EXPECTED
    expect(() => decodeRequest(cut)).toThrow(/cut off/)
  })

  it('is a check in the journal, which is refused', () => {
    const check = { kind: OperationKind.check, path: 'a', content, external: false }
    const create = { ...check, kind: OperationKind.create }
    const request = encodeAll([[create], [check, create]])
    expect(decodeRequest(request)).toEqual([[create], [check, create]])
    expect(() => decodeRecords(request)).toThrow(FormatError)
    expect(decodeRecords(encodeAll([[create], []]))).toEqual([[create], []])
  })

  it('is content where nothing may be, or a check of two minds, which is refused', () => {
    const absent = { kind: OperationKind.check, path: 'a', external: false, absent: true } as const
    const both = encodeRecord([{ ...absent, content: Buffer.from('x') }])
    expect(() => decodeRequest(both)).toThrow(FormatError)
    const external = encodeRecord([{ ...absent, content, external: true }])
    expect(() => decodeRequest(external)).toThrow(FormatError)
  })

  it('is a remove with external content, which is refused', () => {
    const remove = { kind: OperationKind.remove, path: 'a', content, external: true }
    expect(() => decodeRequest(encodeRecord([remove]))).toThrow(FormatError)
  })
})

describe('safe paths', () => {
  it.each(['', '/a', 'a/', 'a//b', '.', '..', 'a/../b', './a', 'a\0b', 'a\\b', '\ud800'])(
    'do not include %j',
    (unsafe) => {
      expect(isSafePath(unsafe)).toBe(false)
      const record = encodeRecord([
        { kind: OperationKind.create, path: unsafe, content: new Uint8Array(0), external: false },
      ])
      // A lone surrogate becomes another, safe path in UTF-8; all others are refused.
      if (unsafe !== '\ud800') expect(() => decodeRequest(record)).toThrow(FormatError)
    },
  )

  it.each(['a', 'a/b', '.hidden', '..a', 'a..', 'ü/日本', ' ', '...'])('include %j', (safe) => {
    expect(isSafePath(safe)).toBe(true)
  })
})

describe('external contents', () => {
  const external = fc.record({
    stagedPath: path,
    bytes: fc.nat(Number.MAX_SAFE_INTEGER),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })

  it('come back as they went in', () => {
    fc.assert(
      fc.property(external, (given) => {
        expect(decodeExternal(encodeExternal(given))).toEqual(given)
      }),
      seeded(200),
    )
  })

  it('are refused when they are cut off or name an unsafe path', () => {
    const digest = new Uint8Array(32)
    const whole = encodeExternal({ stagedPath: 'a', bytes: 1, digest })
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeExternal(whole.subarray(0, length))).toThrow(FormatError)
    }
    const unsafe = encodeExternal({ stagedPath: '../a', bytes: 1, digest })
    expect(() => decodeExternal(unsafe)).toThrow(FormatError)
  })
})

function decodeOrRefuse(bytes: Uint8Array): RecordOperation[][] | undefined {
  try {
    return decodeRequest(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError)
    return undefined
  }
}

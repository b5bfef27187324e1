import { Readable } from 'node:stream'
import fc from 'fast-check'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  formatPath,
  freezeJson,
  freezeUnfrozen,
  JSON_DEPTH_MAX,
  parseJson,
} from '../../src/document/json.js'
import { FormatError } from '../../src/document/record.js'
import { bytesUpTo, seeded } from '../support/random.js'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

describe('freezeJson', () => {
  it('gives an equal, deeply frozen copy that JSON carries without loss', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value)
        let copy: unknown
        try {
          copy = freezeJson(value)
        } catch (error) {
          // The generator also makes what JSON changes: -0 and integers that are not safe.
          expect(String(error)).toMatch(/-0|safe integer|surrogates/)
          return
        }
        expect(JSON.stringify(copy)).toBe(text)
        expect(parseJson(bytesOf(text))).toEqual(copy)
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value)
        assertFrozen(copy)
      }),
      { numRuns: 2000 },
    )
  })

  it('takes the absence of optional properties for what it is', () => {
    expect(freezeJson({ a: 1, b: undefined })).toStrictEqual({ a: 1 })
  })

  it('takes plain objects of another realm and without a prototype', () => {
    const foreign: unknown = runInNewContext('({ a: [1, { b: null }] })')
    expect(freezeJson(foreign)).toEqual({ a: [1, { b: null }] })
    expect(freezeJson(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 })
  })

  it('keeps __proto__ as data and leaves prototypes alone', () => {
    const copy = freezeJson(JSON.parse('{"__proto__":{"x":1}}'))
    expect(Object.hasOwn(copy, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"x":1}}')
    expect(copy.x).toBeUndefined()
  })

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['a function', () => {}, 'a function'],
    ['a symbol', Symbol('s'), 'a symbol'],
    ['a bigint', 1n, 'a bigint'],
    ['NaN', Number.NaN, 'NaN'],
    ['Infinity', Infinity, 'Infinity'],
    ['minus zero', -0, '-0'],
    ['an integer that is not safe', 2 ** 53, 'got a number'],
    ['a date', new Date(0), '(for a Date: its toISOString()), got a Date'],
    ['a map', new Map(), '(for a Map: Object.fromEntries(map)), got a Map'],
    ['a set', new Set(), '(for a Set: Array.from(set)), got a Set'],
    ['a regular expression', /x/, '(for a RegExp: its source), got a RegExp'],
    ['a promise', Promise.resolve(), 'an await is missing), got a Promise'],
    ['a stream', Readable.from([]), 'storeStream(key, stream)), got a Readable'],
    ['bytes', new Uint8Array(1), 'Uint8Array'],
    ['a class instance', new (class Point {})(), 'Point'],
    ['an object with its own toJSON', { toJSON: () => 1 }, 'a function'],
    ['an object with a symbol', { [Symbol('s')]: 1 }, 'an object without symbols'],

    [
      'an array with a hole',
      Object.assign(Array.from({ length: 0 }), { 0: 1, 2: 2, length: 3 }),
      'without holes',
    ],
    ['an array with more properties', Object.assign([1], { extra: 2 }), 'extra properties'],
    [
      'an array with as many properties more as holes',
      Object.assign(Array.from({ length: 0 }), { 1: 1, extra: 2, length: 2 }),
      'extra properties',
    ],
    ['an array with a symbol', Object.assign([1], { [Symbol('s')]: 2 }), 'extra properties'],
    ['an array of a class', new (class List extends Array<number> {})(), 'a List'],
    ['a lone surrogate', 'a\ud800', 'got text with a lone surrogate'],
    ['a boxed string', new String('x'), 'String'],
  ])('refuses %s, naming the place', (_, value, got) => {
    const attempt = (): unknown => freezeJson({ metadata: { scores: [0, 1, 2, value] } })
    expect(attempt).toThrow(TypeError)
    expect(attempt).toThrow(/^Field "metadata\.scores\[3\][^"]*" must be /)
    expect(attempt).toThrow(got)
  })

  it('refuses keys that are no text', () => {
    expect(() => freezeJson({ a: { '\udc00': 1 } })).toThrow(
      /^Field "a" must be keys without lone surrogates/,
    )
  })

  it('starts the place with the name it is given', () => {
    expect(() => freezeJson([Number.NaN], 'metadata')).toThrow(/^Field "metadata\[0\]"/)
    expect(() => freezeJson(Number.NaN)).toThrow(/^Value must be a finite number/)
  })

  it('refuses cycles, but not the same object twice', () => {
    const cycle: Record<string, unknown> = { list: [] }
    cycle['list'] = [{ back: cycle }]
    expect(() => freezeJson(cycle)).toThrow(
      /^Field "list\[0\]\.back" must be a value without cycles/,
    )
    const shared = { a: 1 }
    expect(freezeJson([shared, shared])).toEqual([{ a: 1 }, { a: 1 }])
  })

  it('takes 256 levels and refuses 257', () => {
    expect(() => freezeJson(nested(JSON_DEPTH_MAX))).not.toThrow()
    expect(() => freezeJson(nested(JSON_DEPTH_MAX + 1))).toThrow(/at most 256 levels/)
  })
})

describe('parseJson', () => {
  it('gives a frozen value', () => {
    const value = parseJson(bytesOf('{"a":[1,{"b":"翻译"}]}'))
    expect(value).toEqual({ a: [1, { b: '翻译' }] })
    assertFrozen(value)
  })

  it.each([
    ['nothing', ''],
    ['half an object', '{"a":'],
    ['a trailing comma', '[1,]'],
    ['a byte order mark', '\ufeff{}'],
    ['two values', '{} {}'],
    ['a number past all bounds', '[1e400]'],
  ])('refuses %s', (_, text) => {
    expect(() => parseJson(bytesOf(text))).toThrow(FormatError)
  })

  it('refuses bytes that are no UTF-8 instead of replacing them', () => {
    expect(() => parseJson(new Uint8Array([0x22, 0xff, 0x22]))).toThrow(/UTF-8/)
  })

  it('takes 256 levels and refuses 257, and is not misled by brackets in text', () => {
    expect(() => parseJson(bytesOf(JSON.stringify(nested(JSON_DEPTH_MAX))))).not.toThrow()
    expect(() => parseJson(bytesOf(JSON.stringify(nested(JSON_DEPTH_MAX + 1))))).toThrow(
      /256 levels/,
    )
    for (const times of [300, 30_000]) {
      const text = ['[{"'.repeat(times), '\\']
      expect(parseJson(bytesOf(JSON.stringify(text)))).toEqual(text)
    }
    const long = ['x'.repeat(100_000), nested(JSON_DEPTH_MAX)]
    expect(() => parseJson(bytesOf(JSON.stringify(long)))).toThrow(/256 levels/)
  })

  it('answers a depth bomb at once', () => {
    const started = performance.now()
    expect(() => parseJson(Buffer.alloc(5_000_000, '['))).toThrow(/256 levels/)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('what was read or frozen', () => {
  it('does not change when it is frozen, written and read again', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        let once: unknown
        try {
          once = freezeJson(value)
        } catch {
          return
        }
        expect(freezeJson(once)).toStrictEqual(once)
        expect(freezeUnfrozen(once)).toBe(once)
        expect(JSON.stringify(parseJson(bytesOf(JSON.stringify(once, null, 2))))).toBe(
          JSON.stringify(once),
        )
      }),
      seeded(500),
    )
  })

  it('has nothing in common with what it was copied from', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.array(fc.nat())), (value) => {
        const copy = freezeJson(value)
        const before = JSON.stringify(copy)
        for (const key of Object.keys(value)) {
          value[key]?.push(1)
          delete value[key]
        }
        expect(JSON.stringify(copy)).toBe(before)
      }),
      seeded(200),
    )
  })

  it('is refused as no JSON, not otherwise, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(bytesUpTo(40), fc.json().map(bytesOf)), (bytes) => {
        try {
          parseJson(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
        }
      }),
      seeded(500),
    )
  })
})

describe('formatPath', () => {
  it('is another text for another path', () => {
    const part = fc.oneof(fc.nat(20), fc.string({ unit: 'binary-ascii', maxLength: 4 }))
    const path = fc.array(part, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(path, path, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other)
        expect(formatPath('', one) === formatPath('', other)).toBe(same)
      }),
      seeded(500),
    )
  })

  it('writes keys as one would in code', () => {
    expect(formatPath('', ['a', 'b', 3, 'c d', '0'])).toBe(`a.b[3]['c d']['0']`)
    expect(formatPath('start', [0])).toBe('start[0]')
  })
})

function assertFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  expect(Object.isFrozen(value)).toBe(true)
  for (const child of Object.values(value)) assertFrozen(child)
}

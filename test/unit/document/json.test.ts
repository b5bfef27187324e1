import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freezeJson } from '../../../src/document/freeze-json.js'
import {
  formatPath,
  freezeUnfrozen,
  JSON_DEPTH_MAX,
  jsonText,
  parseJson,
} from '../../../src/document/json.js'
import { FormatError } from '../../../src/base/errors.js'
import { bytesUpTo, seeded } from '../../support/random.js'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

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

  it('refuses bytes that are not UTF-8 instead of replacing them', () => {
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

  it('is short, however deep the place is and however long its keys are', () => {
    const long = 'k'.repeat(1_000_000)
    for (const path of [Array(1000).fill('a'), [long], [long, `${long} `, Symbol(long)]])
      expect(formatPath('', path).length).toBeLessThan(250)
  })
})

describe('jsonText', () => {
  it('refuses a text that no string can hold', () => {
    const wide = freezeJson(Array(2000).fill('\0'.repeat(60_000)))
    expect(() => jsonText(wide)).toThrow(
      /^The JSON text of a value must take at most \d+ characters/,
    )
    expect(jsonText({ a: 1 }, 2)).toBe('{\n  "a": 1\n}')
  })
})

function assertFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  expect(Object.isFrozen(value)).toBe(true)
  for (const child of Object.values(value)) assertFrozen(child)
}

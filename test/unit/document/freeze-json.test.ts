import fc from 'fast-check'
import { Readable } from 'node:stream'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { freezeJson, JSON_VALUES_MAX } from '../../../src/document/freeze-json.js'
import { JSON_DEPTH_MAX, parseJson } from '../../../src/document/json.js'
import { seeded } from '../../support/random.js'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

/** `levels` objects, each with the one before twice: they unfold to 2 to the power of `levels` of the innermost. */
function doubled(innermost: unknown, levels: number): unknown {
  let value = innermost
  for (let level = 0; level < levels; level++) value = { left: value, right: value }
  return value
}

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

  it('refuses keys that are not texts', () => {
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

describe('shared parts', () => {
  it('are limited by what they unfold to', () => {
    expect(() => freezeJson(doubled(1, 40))).toThrow(
      new RegExp(`must be at most ${JSON_VALUES_MAX} values \\(shared parts count each time\\)`),
    )
    expect(() => freezeJson(doubled('x'.repeat(1_000_000), 20))).toThrow(
      /must be at most \d+ characters of keys and texts \(shared parts count each time\)/,
    )
    expect(() => freezeJson(doubled({ ['k'.repeat(1_000_000)]: 1 }, 20))).toThrow(/ characters of /)
    expect(() => freezeJson(Array(1_000_000).fill('x'.repeat(1_000_000)))).toThrow(
      / characters of /,
    )
  })

  it('come back equal, frozen, wherever they are', () => {
    const copy = freezeJson(doubled([{ a: 1 }], 12))
    expect(JSON.stringify(copy)).toBe(JSON.stringify(doubled([{ a: 1 }], 12)))
    assertFrozen(freezeJson(doubled([{ a: 1 }], 5)))
  })

  it('are the same text as their unfolding, for any graph without cycles', () => {
    // Each node may hold those before it, any number of times.
    const links = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(links, (graph) => {
        const nodes: unknown[] = ['leaf']
        for (const link of graph) nodes.push(link.map((at) => nodes[at % nodes.length]))
        const top = nodes.at(-1)
        expect(JSON.stringify(freezeJson(top))).toBe(JSON.stringify(top))
      }),
      seeded(500),
    )
  })

  it('count with their levels where they are deepest', () => {
    const shared = nested(100)
    const under = (levels: number): unknown => {
      let value = shared
      for (let level = 0; level < levels; level++) value = [value]
      return value
    }
    const over = JSON_DEPTH_MAX - 100
    expect(() => freezeJson([shared, shared, shared, under(over - 1)])).not.toThrow()
    expect(() => freezeJson([shared, shared, shared, under(over)])).toThrow(/at most 256 levels/)
  })
})

function assertFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  expect(Object.isFrozen(value)).toBe(true)
  for (const child of Object.values(value)) assertFrozen(child)
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wrongArgument } from '../../../src/base/misuse.js'
import { ADAPTER_KEY_BYTES_MAX, KeyMap } from '../../../src/adapters/key-map.js'
import { FILE_KEY_BYTES_MAX, isFileKey } from '../../../src/files/key.js'
import { seeded } from '../../support/random.js'

const root = new KeyMap('')
const below = new KeyMap('cache/v1')

/** Keys that hurt: separators, escapes, halves of surrogates, and what is too long for a path. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(':', '/', '%', '%_', '%~', '%2f', '.', '..', '\0', '\ud800', '\udc00', '\\'),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.nat(600).map((length) => 'x'.repeat(length)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))

describe('the file of a key', () => {
  it.each([
    ['users', 'users'],
    ['users:7', 'users/7'],
    ['users:7:profile.json', 'users/7/profile.json'],
    ['https://x.org/a', 'https/%2f%2fx.org%2fa'],
    ['100%', '100%25'],
    ['', '%_'],
    [':', '%_/%_'],
    ['a::b', 'a/%_/b'],
    ['..:.:...', '%2e%2e/%2e/...'],
    ['nul\0', 'nul%00'],
    ['half \ud800', 'half %ud800'],
    ['whole 😀', 'whole 😀'],
    ['__proto__', '__proto__'],
  ])('of %j is %j', (key, fileKey) => {
    expect(root.placeOf(key)).toEqual({ fileKey, metadata: {} })
    expect(below.placeOf(key).fileKey).toBe(`cache/v1/${fileKey}`)
  })

  it('is one that a storage takes, leads back to the key, and is not that of another key', () => {
    fc.assert(
      fc.property(fc.uniqueArray(hostile, { minLength: 2, maxLength: 6 }), (keys) => {
        for (const map of [root, below]) {
          const places = keys.map((key) => map.placeOf(key))
          expect(places.every(({ fileKey }) => isFileKey(fileKey))).toBe(true)
          expect(new Set(places.map(({ fileKey }) => fileKey)).size).toBe(keys.length)
          const back = places.map(({ fileKey, metadata }) => map.keyOf({ key: fileKey, metadata }))
          expect(back).toEqual(keys)
        }
      }),
      seeded(1000),
    )
  })

  it('begins as the listing of each prefix of the key does', () => {
    fc.assert(
      fc.property(hostile, fc.nat(3000), (key, cut) => {
        for (const map of [root, below]) {
          const prefix = map.listPrefix(key.slice(0, cut))
          expect(map.placeOf(key).fileKey.startsWith(prefix)).toBe(true)
        }
      }),
      seeded(1000),
    )
  })

  it('ends in a hash where the key is too long, and stays in its directory', () => {
    const { fileKey, metadata } = below.placeOf(`pages:${'q'.repeat(5000)}`)
    expect(fileKey).toMatch(/^cache\/v1\/pages\/%~[0-9a-f]{64}$/)
    expect(metadata).toEqual({ long_key: `pages/${'q'.repeat(5000)}` })
    expect(Buffer.byteLength(fileKey)).toBeLessThanOrEqual(FILE_KEY_BYTES_MAX)
  })

  it('is refused to what is not a string, and past the limit', () => {
    expect(() => root.placeOf(7)).toThrow(wrongArgument('Argument "key" must be a string, got 7'))
    expect(() => root.placeOf('k'.repeat(ADAPTER_KEY_BYTES_MAX + 1))).toThrow(RangeError)
  })
})

describe('the key of a file', () => {
  it.each(['a:b', 'a%zz', 'a%2', 'a%2F', 'a%41', '%', `%~${'0'.repeat(64)}`])(
    'is none for %j, which no key leads to',
    (fileKey) => {
      expect(root.keyOf({ key: fileKey, metadata: {} })).toBeUndefined()
    },
  )

  it('is none outside of the base, and none for a hash that the metadata does not fit', () => {
    expect(below.keyOf({ key: 'cache/v2/a', metadata: {} })).toBeUndefined()
    const { fileKey } = root.placeOf('a'.repeat(2000))
    for (const long_key of ['b'.repeat(2000), 'a', 7, null, 'a'.repeat(20_000)])
      expect(root.keyOf({ key: fileKey, metadata: { long_key } })).toBeUndefined()
  })
})

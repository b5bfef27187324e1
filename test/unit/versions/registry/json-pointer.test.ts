import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { keyOf, pointerOf } from '../../../../src/versions/registry/json-pointer.js'
import { seeded } from '../../../support/random.js'

describe('pointerOf', () => {
  it('escapes ~ and /', () => {
    expect(pointerOf([])).toBe('')
    expect(pointerOf(['messages', 2, 'a/b~c', ''])).toBe('/messages/2/a~1b~0c/')
  })
})

describe('keyOf', () => {
  it('is the same for equal values alone', () => {
    const value = fc
      .jsonValue({ maxDepth: 3 })
      .map((one) => JSON.parse(JSON.stringify(one)) as unknown)
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(keyOf(one) === keyOf(other)).toBe(isDeepStrictEqual(one, other))
        expect(JSON.parse(keyOf(one))).toEqual(one)
      }),
      seeded(300),
    )
  })

  it('does not depend on the order of fields', () => {
    expect(keyOf({ b: [1, { d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[1,{"c":2,"d":1}]}')
    expect(keyOf({ a: null, b: [1, { c: 2, d: 1 }] })).toBe(
      keyOf({ b: [1, { d: 1, c: 2 }], a: null }),
    )
  })
})

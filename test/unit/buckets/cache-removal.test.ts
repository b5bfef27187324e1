import { describe, expect, it } from 'vitest'
import { chosenForRemoval } from '../../../src/buckets/cache-removal.js'

function documents(...keys: readonly string[]) {
  return keys.map((key) => ({ promptId: key.slice(0, 1), version: key.slice(1), key }))
}

describe('what a cache removes', () => {
  it('is first what was not read, then what was not read for the longest time', () => {
    const all = documents('a1', 'a2', 'b1', 'b2')
    const read = new Map([
      ['a1', 3],
      ['b1', 0],
      ['b2', 7],
    ])
    const chosen = (count: number): unknown =>
      Object.fromEntries(chosenForRemoval(all, read, count))
    expect(chosen(0)).toEqual({})
    expect(chosen(1)).toEqual({ a: ['2'] })
    expect(chosen(2)).toEqual({ a: ['2'], b: ['1'] })
    expect(chosen(3)).toEqual({ a: ['2', '1'], b: ['1'] })
    expect(chosen(9)).toEqual({ a: ['2', '1'], b: ['1', '2'] })
  })

  it('is of what was not read not always the same: other processes may have read it', () => {
    const all = documents(...Array.from({ length: 200 }, (_, at) => `a${at}`))
    const first = new Set(
      Array.from({ length: 20 }, () => chosenForRemoval(all, new Map(), 1).get('a')?.[0]),
    )
    expect(first.size).toBeGreaterThan(1)
  })
})

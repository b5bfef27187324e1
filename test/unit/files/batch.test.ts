import { describe, expect, it } from 'vitest'
import { nextTurn } from '../../../src/base/clock.js'
import {
  batchOf,
  changesOf,
  checkEntries,
  resolveKeys,
  type Slots,
} from '../../../src/files/batch.js'

const AT_ONCE = 32
const keys = Array.from({ length: 100 }, (_, at) => `k${at}`)

/** Counts how many run at the same time. */
function counter(): { readonly most: () => number; run(): Promise<void> } {
  let [running, most] = [0, 0]
  return {
    most: () => most,
    run: async () => {
      most = Math.max(most, ++running)
      await nextTurn()
      running--
    },
  }
}

describe('a batch', () => {
  it('has a result for each key in the order of the keys, a failure for the one that failed', async () => {
    const results = await batchOf(['a', 'bad', 'c'], async (key) => {
      await nextTurn()
      // What is thrown does not have to be an error.
      if (key === 'bad') return await Promise.reject('broken' as never)
      return key.toUpperCase()
    })
    expect(results.map(({ key, value }) => [key, value])).toEqual([
      ['a', 'A'],
      ['bad', undefined],
      ['c', 'C'],
    ])
    expect(results[1]?.error).toBeInstanceOf(Error)
    expect('error' in (results[0] ?? {})).toBe(false)
  })

  it('makes at most 32 calls at once', async () => {
    const { most, run } = counter()
    expect(await batchOf(keys, run)).toHaveLength(keys.length)
    expect(most()).toBe(AT_ONCE)
  })

  it('of changes calls all of them at once, and lets 32 work, in the order in which they ask', async () => {
    const { most, run } = counter()
    const [called, worked]: string[][] = [[], []]
    const entries = keys.map((key) => ({ key }))
    const changing = changesOf(entries, async ({ key }, slots: Slots) => {
      called?.push(key)
      await slots(async () => {
        worked?.push(key)
        await run()
      })
    })
    expect(called).toEqual(keys)
    await changing
    expect(worked).toEqual(keys)
    expect(most()).toBe(AT_ONCE)
  })

  it('frees the slot of a change that has failed', async () => {
    const results = await changesOf(
      keys.map((key) => ({ key })),
      async (_, slots) => await slots(async () => await Promise.reject(new Error('broken'))),
    )
    expect(results.every(({ error }) => error?.message === 'broken')).toBe(true)
  })

  it('takes the keys as they are at the call, and nothing but an array', () => {
    const given = ['a']
    const resolved = resolveKeys(given)
    given.push('b')
    expect(resolved).toEqual(['a'])
    expect(() => resolveKeys('abc' as never)).toThrow(/"keys" must be an array/)
    expect(() => checkEntries({ length: 0 } as never)).toThrow(/"entries" must be an array/)
    expect(() => checkEntries([{}, null as never])).toThrow(/"entries\[1\]" must be/)
    expect(() => checkEntries([{}])).not.toThrow()
  })
})

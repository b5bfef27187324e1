import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hunksBetween, type Hunk } from '../../../../src/versions/registry/sequence-diff.js'
import { seeded } from '../../../support/random.js'
import { cpuTimer } from '../../../support/cpu-time.js'

const letters = (text: string): string[] => Array.from(text)
const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 20 })

function hunk(from: number, to: number, otherFrom: number, otherTo: number): Hunk {
  return { from, to, otherFrom, otherTo }
}

describe('hunksBetween', () => {
  it.each<[one: string, other: string, hunks: Hunk[]]>([
    ['', '', []],
    ['abc', 'abc', []],
    ['', 'ab', [hunk(0, 0, 0, 2)]],
    ['ab', '', [hunk(0, 2, 0, 0)]],
    ['abc', 'axc', [hunk(1, 2, 1, 2)]],
    ['abcd', 'xabd', [hunk(0, 0, 0, 1), hunk(2, 3, 3, 3)]],
    ['abc', 'xyz', [hunk(0, 3, 0, 3)]],
    // What can be moved is moved down, and to a neighbour.
    ['ab', 'aab', [hunk(1, 1, 1, 2)]],
    ['aab', 'ab', [hunk(1, 2, 1, 1)]],
    ['aab', 'xab', [hunk(0, 1, 0, 1)]],
  ])('finds how %s became %s', async (one, other, hunks) => {
    expect(await hunksBetween(letters(one), letters(other))).toEqual(hunks)
  })

  it('finds hunks between which the lists are equal, none of which is empty or touches another', async () => {
    await fc.assert(
      fc.asyncProperty(list, list, async (one, other) => {
        let [at, otherAt] = [0, 0]
        for (const [number, each] of (await hunksBetween(one, other)).entries()) {
          expect(one.slice(at, each.from)).toEqual(other.slice(otherAt, each.otherFrom))
          expect(each.from - at > 0 || number === 0).toBe(true)
          expect(each.to - each.from + each.otherTo - each.otherFrom).toBeGreaterThan(0)
          at = each.to
          otherAt = each.otherTo
        }
        expect(one.slice(at)).toEqual(other.slice(otherAt))
      }),
      seeded(1000),
    )
  })

  it('compares long lists that have nothing, or only a few texts, in common', async () => {
    const elapsed = cpuTimer()
    const one = Array.from({ length: 100_000 }, (_, at) => `one ${at}`)
    const other = Array.from({ length: 100_000 }, (_, at) => `other ${at}`)
    expect(await hunksBetween(one, other)).toEqual([hunk(0, 100_000, 0, 100_000)])
    const words = Array.from({ length: 30_000 }, (_, at) => String((at * 7919) % 101))
    const others = Array.from({ length: 30_000 }, (_, at) => String((at * 104_729) % 103))
    expect((await hunksBetween(words, others)).length).toBeGreaterThan(0)
    console.log(`${Math.round(elapsed())} ms`)
    expect(elapsed()).toBeLessThan(10_000)
  })
})

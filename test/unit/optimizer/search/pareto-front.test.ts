import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../../../src/optimizer/evaluation/random.js'
import { frontFrequencies, pickFromFront } from '../../../../src/optimizer/search/pareto-front.js'

const scores = (...values: readonly number[]): Map<string, number> =>
  new Map(values.map((value, at) => [`case-${at}`, value]))

describe('the front', () => {
  it('counts for each candidate the cases on which no other is better', () => {
    // The mean of the last is the best, but the first is the only good one on the first case.
    expect(frontFrequencies([scores(1, 0, 0, 0), scores(0, 1, 0, 0), scores(0, 1, 1, 1)])).toEqual([
      1, 0, 3,
    ])
  })

  it('leaves out a candidate that is nowhere better than the others of the front together', () => {
    expect(frontFrequencies([scores(1, 1, 0), scores(1, 0, 1), scores(0.5, 1, 1)])).toEqual([
      2, 0, 2,
    ])
  })

  it('keeps one of two that are equal', () => {
    expect(frontFrequencies([scores(1, 1), scores(1, 1)])).toEqual([2, 0])
    expect(frontFrequencies([scores(0)])).toEqual([1])
  })

  it('does not count a case without a score', () => {
    expect(frontFrequencies([new Map([['a', 0.5]]), new Map([['b', 0.1]])])).toEqual([1, 1])
  })

  it('is drawn from by these counts', () => {
    const random = new SeededRandom('draws')
    const pool = [scores(1, 0, 0, 0), scores(0, 0.5, 0, 0), scores(0, 1, 1, 1)]
    const drawn = [0, 0, 0]
    for (let each = 0; each < 4000; each++) {
      const member = pickFromFront(pool, random)
      drawn[member] = (drawn[member] ?? 0) + 1
    }
    expect(drawn[1]).toBe(0)
    expect(Math.abs((drawn[0] ?? 0) - 1000)).toBeLessThan(150)
  })
})

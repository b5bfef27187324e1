import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pairwise } from '../../../../src/optimizer/execution/pairwise.js'
import { seeded } from '../../../support/random.js'

function pairsOf(rows: readonly (readonly number[])[]): Set<string> {
  const pairs = new Set<string>()
  for (const row of rows)
    for (const [one, value] of row.entries())
      for (const [other, otherValue] of row.entries())
        if (one < other) pairs.add(`${one}=${value} ${other}=${otherValue}`)
  return pairs
}

function pairsThereAre(sizes: readonly number[]): number {
  return sizes
    .flatMap((one, at) => sizes.slice(at + 1).map((other) => one * other))
    .reduce((a, b) => a + b, 0)
}

it('has every pair of values of any two dimensions, and values that exist', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 14 }),
      (sizes) => {
        const rows = pairwise(sizes)
        expect(pairsOf(rows).size).toBe(pairsThereAre(sizes))
        for (const row of rows) {
          expect(row).toHaveLength(sizes.length)
          expect(row.every((value, at) => value < (sizes[at] ?? 0))).toBe(true)
        }
      },
    ),
    seeded(200),
  )
})

it('needs far fewer combinations than there are, with all of many dimensions', () => {
  const thirteen = Array.from({ length: 13 }, () => 3)
  expect(pairwise(thirteen).length).toBeLessThanOrEqual(27)
  expect(pairwise([2, 2, 2, 2]).length).toBeLessThanOrEqual(8)
  expect(pairwise(thirteen)).toEqual(pairwise(thirteen))
})

it('of one dimension has its values, and of an empty one nothing', () => {
  expect(pairwise([3])).toEqual([[0], [1], [2]])
  expect(pairwise([2, 0])).toEqual([])
  expect(pairwise([])).toEqual([])
})

import { expect, it } from 'vitest'
import { mean, quantile, sum } from '../../../../src/optimizer/execution/statistics.js'

it('interpolates quantiles between the nearest ranks', () => {
  const numbers = [15, 20, 35, 40, 50]
  // As numpy.percentile has them.
  expect(quantile(numbers, 0.4)).toBeCloseTo(29, 12)
  expect(quantile(numbers, 0.95)).toBeCloseTo(48, 12)
  expect([quantile([3, 1, 2], 0.5), quantile([7], 0.99), quantile([], 0.5)]).toEqual([2, 7, 0])
})

it('adds many small numbers to a large one', () => {
  expect(sum([1e16, 1, 1, -1e16])).toBe(2)
  expect(sum(Array.from({ length: 10 }, () => 0.1))).toBe(1)
  expect([mean([]), mean([1, 2])]).toEqual([0, 1.5])
})

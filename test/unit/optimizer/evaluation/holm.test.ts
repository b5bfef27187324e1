import { expect, it } from 'vitest'
import { holm } from '../../../../src/optimizer/evaluation/holm.js'

it('multiplies the least p by the number of comparisons, the next by one less, and never falls', () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06])
  expect(holm([0.5, 0.01])).toEqual([0.5, 0.02])
})

it('is at most 1, keeps the order given, and leaves a single p alone', () => {
  expect(holm([0.9, 0.8])).toEqual([1, 1])
  expect(holm([0.2])).toEqual([0.2])
  expect(holm([])).toEqual([])
})

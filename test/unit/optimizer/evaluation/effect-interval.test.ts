import { describe, expect, it } from 'vitest'
import { effectInterval, meanOf } from '../../../../src/optimizer/evaluation/effect-interval.js'
import { permutationTest } from '../../../../src/optimizer/evaluation/permutation-test.js'
import { SeededRandom } from '../../../../src/optimizer/evaluation/random.js'

describe('the interval of an effect', () => {
  it('excludes 0 exactly when the test is significant', () => {
    const random = new SeededRandom('agreement')
    for (let round = 0; round < 20; round++) {
      const differences = Array.from({ length: 10 }, () => random.next() - 0.3)
      const { p_value: p } = permutationTest(differences)
      const { low, high } = effectInterval(differences)
      expect((low ?? -1) > 0 || (high ?? 1) < 0).toBe(p <= 0.05)
    }
  })

  it('contains the true effect about as often as it says', () => {
    const random = new SeededRandom('coverage')
    let covered = 0
    for (let round = 0; round < 60; round++) {
      const differences = Array.from({ length: 9 }, () => 0.4 + random.next() - random.next())
      const { low, high } = effectInterval(differences)
      if ((low ?? -9) <= 0.4 && 0.4 <= (high ?? 9)) covered++
    }
    // 57 expected; the bound is four standard deviations away.
    expect(covered).toBeGreaterThanOrEqual(50)
  })

  it('moves with the differences and turns with their sign', () => {
    const differences = [0.2, 0.5, 0.1, 0.9, 0.4, 0.3, 0.8]
    const { low, high } = effectInterval(differences)
    const moved = effectInterval(differences.map((each) => each + 1))
    const turned = effectInterval(differences.map((each) => -each))
    expect(moved.low).toBeCloseTo((low ?? NaN) + 1, 5)
    expect(turned.high).toBeCloseTo(-(low ?? NaN), 5)
    expect(turned.low).toBeCloseTo(-(high ?? NaN), 5)
  })

  it('has no bounds where there are too few pairs for any', () => {
    expect(effectInterval([1, 2, 3])).toEqual({ confidence: 0.95, low: null, high: null })
    expect(effectInterval([])).toEqual({ confidence: 0.95, low: null, high: null })
  })

  it('is one point for equal differences', () => {
    const { low, high } = effectInterval([0, 0, 0, 0, 0, 0, 0, 0])
    expect(low).toBeCloseTo(0, 6)
    expect(high).toBeCloseTo(0, 6)
  })
})

it('the mean of nothing is 0', () => {
  expect(meanOf([])).toBe(0)
  expect(meanOf([1, 2])).toBe(1.5)
})

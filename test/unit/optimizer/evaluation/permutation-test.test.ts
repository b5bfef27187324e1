import { describe, expect, it } from 'vitest'
import { permutationTest } from '../../../../src/optimizer/evaluation/permutation-test.js'
import { SeededRandom } from '../../../../src/optimizer/evaluation/random.js'

describe('the paired permutation test', () => {
  it('counts all assignments of signs of a few pairs', () => {
    // 8 of 8 positive: only the observed assignment of 256 is that far, and its mirror.
    const all = Array.from({ length: 8 }, (_, at) => at + 1)
    expect(permutationTest(all, { alternative: 'greater' })).toEqual({
      pairs: 8,
      effect: 4.5,
      p_value: 1 / 256,
      method: 'exact',
      permutations: 256,
    })
    expect(permutationTest(all).p_value).toBe(2 / 256)
  })

  it("gives the published p of Fisher's example of Darwin's maize", () => {
    // The Design of Experiments, 1935, section 21: 863 of 32,768 assignments on each side.
    const eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    const { p_value: p, permutations } = permutationTest(eighths)
    expect(permutations).toBe(32_768)
    expect(p * permutations).toBeCloseTo(1726, 6)
  })

  it('agrees with the exact test where it draws assignments at random', () => {
    const eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    // Tiny differences change no sum, but make the exact test too long.
    const more = [...eighths, 1e-7, 1e-7, 1e-7]
    const drawn = permutationTest(more, { seed: 3 })
    expect(drawn.method).toBe('monte_carlo')
    expect(Math.abs(drawn.p_value - 1726 / 32_768)).toBeLessThan(0.01)
    expect(permutationTest(more, { seed: 3 })).toEqual(drawn)
    expect(permutationTest(more, { seed: 4 }).p_value).not.toBe(drawn.p_value)
  })

  it('is never 0 when it draws, and is 1 without a difference', () => {
    const far = Array.from({ length: 40 }, () => 1)
    expect(permutationTest(far, { permutations: 99 }).p_value).toBe(1 / 100)
    expect(permutationTest([0, 0, 0])).toMatchObject({ effect: 0, p_value: 1, pairs: 3 })
    expect(permutationTest([])).toMatchObject({ effect: 0, p_value: 1, pairs: 0 })
  })

  it('treats sums that differ by rounding only as equal', () => {
    // 0.1 + 0.2 - 0.3 is not 0 in binary.
    expect(permutationTest([0.1, 0.2, -0.3]).p_value).toBe(1)
  })

  it('keeps its level: without an effect, at most 5 % of 2,000 tests are significant, give or take', () => {
    const random = new SeededRandom('level')
    let significant = 0
    for (let test = 0; test < 2000; test++) {
      const differences = Array.from({ length: 9 }, () => random.next() - random.next())
      if (permutationTest(differences, { alternative: 'greater' }).p_value <= 0.05) significant++
    }
    // 100 expected; the bound is four standard deviations away.
    expect(significant).toBeLessThan(140)
    expect(significant).toBeGreaterThan(60)
  })
})

import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../../../src/optimizer/evaluation/random.js'

describe('a seeded generator', () => {
  it('repeats its numbers for the same seed, and has others for another', () => {
    const numbers = (seed: number): number[] => {
      const random = new SeededRandom(seed, 'stream')
      return Array.from({ length: 5 }, () => random.bits())
    }
    expect(numbers(1)).toEqual(numbers(1))
    expect(numbers(1)).not.toEqual(numbers(2))
    // The numbers are part of what a seed promises: a change of them changes every recorded experiment.
    expect(numbers(1)).toEqual([3981332995, 352983964, 2510065221, 1230261687, 3630918806])
  })

  it('spreads evenly: each of 16 cells has its share of 160,000 numbers within 5 %', () => {
    const random = new SeededRandom('cells')
    const cells = Array.from({ length: 16 }, () => 0)
    for (let drawn = 0; drawn < 160_000; drawn++) {
      const at = random.below(16)
      cells[at] = (cells[at] ?? 0) + 1
    }
    for (const count of cells) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })

  it('shuffles into every order, about equally often', () => {
    const random = new SeededRandom('orders')
    const orders = new Map<string, number>()
    for (let drawn = 0; drawn < 6000; drawn++) {
      const order = random.shuffled(['a', 'b', 'c']).join('')
      orders.set(order, (orders.get(order) ?? 0) + 1)
    }
    expect([...orders.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(200)
  })

  it('samples without repetition, and picks nothing from nothing', () => {
    const random = new SeededRandom('samples')
    const items = [1, 2, 3, 4, 5]
    expect(new Set(random.sample(items, 3)).size).toBe(3)
    expect(new Set(random.sample(items, 9))).toEqual(new Set(items))
    expect(items).toContain(random.pick(items))
    expect(random.pick([])).toBeUndefined()
    expect(items).toEqual([1, 2, 3, 4, 5])
  })
})

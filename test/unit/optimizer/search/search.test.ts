import { describe, expect, it } from 'vitest'
import { search } from '../../../../src/optimizer/search/search.js'
import {
  SEARCH_ALGORITHMS,
  type SearchEvent,
} from '../../../../src/optimizer/search/search-types.js'
import { failureOf, lettersSearch, lettersWorld } from '../../../support/search-world.js'

describe.each(SEARCH_ALGORITHMS)('a search by %s', (algorithm) => {
  it('gives the same result for the same seed, however many runs are made at a time', async () => {
    const options = {
      ...lettersSearch({ algorithm, seed: { a: 'x', b: 'y' } }),
      randomSeed: 'same',
    }
    const one = await search({ ...options, concurrency: 1 })
    expect(await search({ ...options, concurrency: 16 })).toEqual(one)
    expect(JSON.parse(JSON.stringify(one))).toEqual(one)
  })

  it('never makes more calls than its budget', async () => {
    for (const calls of [3, 4, 7, 12, 25]) {
      const world = lettersWorld()
      const options = lettersSearch({ algorithm, evaluate: world.evaluate, budget: { calls } })
      const result = await search(options)
      expect(result.calls.evaluations + result.calls.proposals).toBeLessThanOrEqual(calls)
      expect(world.runs).toHaveLength(result.calls.evaluations)
    }
  })

  it('changes the prompts that it may, and no other', async () => {
    const options = lettersSearch({ algorithm, seed: { a: 'x', b: 'y' }, prompts: ['b'] })
    const { pool } = await search(options)
    for (const { candidate } of pool) expect(candidate['a']).toBe('x')
  })

  it('ends when it is aborted', async () => {
    const options = lettersSearch({ algorithm, signal: AbortSignal.abort(new Error('enough')) })
    await expect(search(options)).rejects.toThrow('enough')
  })
})

describe('a search', () => {
  it('reports what it does while it does it', async () => {
    const events: SearchEvent[] = []
    const result = await search(lettersSearch({ onEvent: (event) => events.push(event) }))
    expect(events[0]).toEqual({ type: 'seed', score: 0, calls: 3 })
    const accepted = events.filter((event) => event.type === 'accepted')
    expect(accepted).toHaveLength(result.pool.length - 1)
    expect(accepted.at(-1)).toMatchObject({ best_score: result.best.score })
  })

  it('is refused when the budget does not pay for the seed', async () => {
    await expect(search(lettersSearch({ budget: { calls: 2 } }))).rejects.toMatchObject({
      code: 'OPT-BUDGET-001',
      context: { needed: 3, limit: 2 },
    })
  })

  it('goes on without the cases that cannot be scored, and names them', async () => {
    const { evaluate } = lettersWorld()
    const options = lettersSearch({
      evaluate: async (candidate, testCase, given) =>
        testCase.id === 'validation-1'
          ? failureOf(testCase)
          : await evaluate(candidate, testCase, given),
    })
    const result = await search(options)
    expect(result.errors.unscored_cases).toEqual(['validation-1'])
    expect(result.errors.runs).toBeGreaterThan(1)
    expect(result.best.score).toBe(1)
  })
})

import { describe, expect, it } from 'vitest'
import { search } from '../../../../src/optimizer/search/search.js'
import type { ProposalRequest } from '../../../../src/optimizer/search/search-types.js'
import { lettersProposer, lettersSearch } from '../../../support/search-world.js'

describe('OPRO', () => {
  it('shows texts with their scores, the worst first, and no run', async () => {
    const seen: ProposalRequest[] = []
    const result = await search(
      lettersSearch({ algorithm: 'opro', proposer: lettersProposer(seen) }),
    )
    expect(result.best.score).toBe(1)
    for (const { examples } of seen) expect(examples).toEqual([])
    const last = seen.at(-1)?.history ?? []
    expect(last.length).toBeGreaterThan(2)
    expect(last.map(({ score }) => score)).toEqual(
      last.map(({ score }) => score).toSorted((left, right) => left - right),
    )
    expect(last[0]).toEqual({ text: 'Answer. {{#start.text#}}', score: 0 })
  })
})

describe('random search', () => {
  it('rewrites the seed again and again, without any feedback', async () => {
    const seen: ProposalRequest[] = []
    const options = lettersSearch({ algorithm: 'random', seed: { a: 'x', b: 'y' } })
    const result = await search({
      ...options,
      proposer: lettersProposer(seen),
      budget: { calls: 40 },
    })
    for (const { text, examples, history } of seen) {
      expect(['x', 'y']).toContain(text)
      expect([...examples, ...history]).toEqual([])
    }
    for (const { parents } of result.pool.slice(1)) expect(parents).toEqual([0])
    expect(new Set(seen.map((each) => each.prompt_id))).toEqual(new Set(['a', 'b']))
    expect(result.proposals.duplicate).toBeGreaterThan(0)
    expect(result.stopped).toBe('budget')
  })
})

import { describe, expect, it } from 'vitest'
import { search } from '../../../../src/optimizer/search/search.js'
import type { ProposalRequest, SearchEvent } from '../../../../src/optimizer/search/search-types.js'
import {
  casesOf,
  lettersProposer,
  lettersSearch,
  lettersWorld,
  outcomeOf,
} from '../../../support/search-world.js'

describe('reflective search and hill climbing', () => {
  it.each(['reflective', 'hill-climb'] as const)(
    '%s finds all that is missing',
    async (algorithm) => {
      const result = await search(lettersSearch({ algorithm }))
      expect(result.best.score).toBe(1)
      expect(result.stopped).toBe('perfect')
      expect(result.seed_score).toBe(0)
      expect(result.best.candidate['p']).toContain('{{#start.text#}}')
    },
  )

  it('show the proposer train cases of the parent only, with what went wrong', async () => {
    const seen: ProposalRequest[] = []
    await search(lettersSearch({ proposer: lettersProposer(seen) }))
    expect(seen.length).toBeGreaterThan(2)
    for (const { examples, history } of seen) {
      expect(examples).toHaveLength(3)
      expect(history).toEqual([])
      for (const { case_id: id } of examples) expect(id).toMatch(/^train-/)
      expect(examples.some(({ feedback }) => feedback !== '')).toBe(true)
    }
  })

  it('use each train case once before any comes again', async () => {
    const seen: ProposalRequest[] = []
    const options = lettersSearch({ proposer: lettersProposer(seen), minibatch: 2 })
    await search({ ...options, train: casesOf('train', 'a', 'b', 'c', 'd') })
    const batches = seen.slice(0, 2).flatMap(({ examples }) => examples.map((each) => each.case_id))
    expect(new Set(batches).size).toBe(4)
  })

  it('rewrite each prompt in turn', async () => {
    const seen: ProposalRequest[] = []
    // Nothing helps, so the seed stays the only parent.
    const evaluate = lettersWorld().evaluate
    const options = lettersSearch({
      seed: { b: 'x', a: 'y', c: 'z' },
      budget: { calls: 80 },
      evaluate,
    })
    const train = casesOf('train', 'X', 'Y', 'Z', 'W')
    await search({ ...options, train, proposer: lettersProposer(seen) })
    expect(seen.slice(0, 6).map((each) => each.prompt_id)).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
  })

  it('accept only what is strictly better on the same train cases', async () => {
    const events: SearchEvent[] = []
    let proposed = 0
    const options = lettersSearch({
      budget: { calls: 60 },
      proposer: {
        name: 'counting',
        propose: async ({ text }) => await Promise.resolve(`${text} ${++proposed}.`),
      },
      evaluate: async (_, testCase) => await Promise.resolve(outcomeOf(testCase, 0.5)),
      onEvent: (event) => events.push(event),
    })
    const result = await search(options)
    expect(result.pool).toHaveLength(1)
    expect(result.proposals.accepted).toBe(0)
    expect(result.proposals.rejected).toBeGreaterThan(5)
    expect(events.filter(({ type }) => type === 'accepted')).toEqual([])
  })

  it('end when nothing is wrong with any train case, though the validation set is not perfect', async () => {
    const options = lettersSearch({
      train: casesOf('train', 'a'),
      validation: casesOf('v', 'az', 'aZ'),
    })
    const result = await search({ ...options, seed: { p: '[a]' } })
    expect(result.stopped).toBe('no_progress')
    expect(result.calls.proposals).toBe(0)
  })

  it('merge what two lines have learned about different prompts', async () => {
    // Each letter helps one kind of case and costs the other kind a little, until the other letter is there, too.
    const options = lettersSearch({
      seed: { one: 'x', two: 'y' },
      train: casesOf('train', 'a', 'b', 'a', 'b'),
      validation: casesOf('v', 'a', 'b', 'a', 'b'),
      minibatch: 1,
      algorithm: 'reflective',
      evaluate: async ({ one = '', two = '' }, testCase) => {
        const has = { a: one.includes('[a]'), b: two.includes('[b]') }
        const [own, other] = testCase.inputs['letters'] === 'a' ? [has.a, has.b] : [has.b, has.a]
        return await Promise.resolve(outcomeOf(testCase, own ? 0.9 : other ? 0.3 : 0.4))
      },
      proposer: {
        name: 'of each prompt',
        propose: async ({ prompt_id: id }) => await Promise.resolve(id === 'one' ? 'x[a]' : 'y[b]'),
      },
    })
    const results = await Promise.all(
      Array.from({ length: 20 }, async (_, seed) => await search({ ...options, randomSeed: seed })),
    )
    for (const { merges, pool } of results) {
      const merged = pool.filter(({ origin }) => origin === 'merge')
      expect(merged).toHaveLength(merges.accepted)
      for (const { parents, candidate } of merged) {
        expect(new Set(parents)).toEqual(new Set([1, 2]))
        expect(candidate).toEqual({ one: 'x[a]', two: 'y[b]' })
      }
    }
    const total = results.reduce((sum, { merges }) => sum + merges.accepted, 0)
    expect(total).toBeGreaterThan(0)
  })
})

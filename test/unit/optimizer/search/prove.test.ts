import { describe, expect, it } from 'vitest'
import { proofRunsMax, prove } from '../../../../src/optimizer/search/prove.js'
import type { ProofOptions } from '../../../../src/optimizer/search/proof-types.js'
import {
  casesOf,
  failureOf,
  lettersScore,
  lettersWorld,
  outcomeOf,
} from '../../../support/search-world.js'

const HELD_OUT = casesOf(
  'held',
  ...Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? 'ab' : 'ac')),
)

function proofOf(given: Partial<ProofOptions> = {}): ProofOptions {
  return {
    baseline: { p: '' },
    winner: { p: '[a]' },
    heldOut: HELD_OUT,
    evaluate: lettersWorld().evaluate,
    ...given,
  }
}

describe('a proof', () => {
  it('calls a gain what is better on the held-out cases', async () => {
    const proof = await prove(proofOf())
    expect(proof).toMatchObject({
      verdict: 'gain',
      effect: 0.5,
      baseline_mean: 0,
      winner_mean: 0.5,
      pairs: 12,
      lost_pairs: 0,
      p_value: 2 / 4096,
      method: 'exact',
      runs: 24,
    })
    expect(proof.interval).toMatchObject({ confidence: 0.95 })
    expect(proof.interval.low).toBeCloseTo(0.5, 4)
    expect(proof.cases[0]).toEqual({ case_id: 'held-0', baseline: 0, winner: 0.5 })
  })

  it('finds no significant gain where there is none, or too little of one', async () => {
    expect(await prove(proofOf({ winner: { p: '[z]' } }))).toMatchObject({
      verdict: 'no_significant_gain',
      effect: 0,
      p_value: 1,
    })
    expect(await prove(proofOf({ minEffect: 0.6 }))).toMatchObject({
      verdict: 'no_significant_gain',
      p_value: 2 / 4096,
    })
    // Four cases cannot be significant at 5 %, whatever happens on them.
    expect(await prove(proofOf({ heldOut: HELD_OUT.slice(0, 4) }))).toMatchObject({
      verdict: 'no_significant_gain',
      p_value: 2 / 16,
    })
  })

  it('takes differences by rounding for none', async () => {
    const evaluate: ProofOptions['evaluate'] = async ({ p }, testCase) =>
      await Promise.resolve(outcomeOf(testCase, p === '' ? 0.3 : 0.1 + 0.2))
    expect(await prove(proofOf({ evaluate, minEffect: 0 }))).toMatchObject({
      verdict: 'no_significant_gain',
      effect: 0,
      p_value: 1,
    })
  })

  it('does not let an anchor get worse', async () => {
    const anchors = casesOf('anchor', 'z', 'a')
    const worse = { baseline: { p: '[z]' }, winner: { p: '[a]' }, anchors }
    const proof = await prove(proofOf(worse))
    expect(proof.verdict).toBe('regression')
    expect(proof.anchors).toEqual({
      checked: 2,
      worse: [{ case_id: 'anchor-0', baseline: 1, winner: 0 }],
      unscored: [],
    })
    expect((await prove(proofOf({ ...worse, anchorTolerance: 1 }))).verdict).toBe('gain')
  })

  it('is undecided when too many runs fail: an error is not a score', async () => {
    const failing: ProofOptions['evaluate'] = async (candidate, testCase) =>
      await Promise.resolve(
        /held-[0-2]$/.test(testCase.id) && candidate['p'] === ''
          ? failureOf(testCase)
          : outcomeOf(testCase, lettersScore(candidate, testCase)),
      )
    expect(await prove(proofOf({ evaluate: failing }))).toMatchObject({
      verdict: 'undecided',
      lost_pairs: 3,
      pairs: 9,
    })
    const anchors = casesOf('anchor', 'a')
    const evaluate: ProofOptions['evaluate'] = async (candidate, testCase) =>
      await Promise.resolve(
        testCase.id === 'anchor-0'
          ? failureOf(testCase)
          : outcomeOf(testCase, lettersScore(candidate, testCase)),
      )
    expect((await prove(proofOf({ evaluate, anchors }))).verdict).toBe('undecided')
  })

  it('tests each changed prompt by itself, if the whole is a gain', async () => {
    const several = {
      baseline: { one: '', two: '', three: '' },
      winner: { one: '[a]', two: '[z]', three: '' },
      perPrompt: true,
    }
    const { prompts, runs } = await prove(proofOf(several))
    expect(prompts).toMatchObject([
      { prompt_id: 'one', effect: 0.5, adjusted_p_value: 4 / 4096, significant: true },
      { prompt_id: 'two', effect: 0, adjusted_p_value: 1, significant: false },
    ])
    expect(runs).toBe(48)
    const none = await prove(proofOf({ ...several, winner: { ...several.winner, one: '' } }))
    expect(none.prompts).toEqual([])
  })

  it('averages over repeats, and says the most runs that it may make', async () => {
    const world = lettersWorld()
    const options = proofOf({ evaluate: world.evaluate, repeats: 3, attempts: 1 })
    const proof = await prove(options)
    expect(proof.runs).toBe(72)
    const { evaluate: _, winner: __, ...planned } = options
    expect(proofRunsMax(planned)).toBe(72)
  })

  it.each([
    [{ heldOut: [] }, /"heldOut"/],
    [{ anchors: HELD_OUT }, /both in "heldOut" and in "anchors"/],
    [{ alpha: 1 }, /"alpha"/],
    [{ minEfect: 0.1 }, /did you mean "minEffect"/],
  ])('is refused for %j', async (given, message) => {
    await expect(prove({ ...proofOf(), ...(given as object) })).rejects.toThrow(message)
  })
})

import { describe, expect, it } from 'vitest'
import {
  planExperiment,
  runExperiment,
  type ExperimentOptions,
} from '../../../../src/optimizer/search/experiment.js'
import { casesOf, lettersSearch, lettersWorld } from '../../../support/search-world.js'

const HELD_OUT = casesOf('held', ...Array.from({ length: 8 }, () => 'abcd'))

function experimentOf(given: Partial<ExperimentOptions> = {}): ExperimentOptions {
  return { ...lettersSearch(), heldOut: HELD_OUT, ...given }
}

describe('an experiment', () => {
  it('says what it may do at most, before it does anything', () => {
    const world = lettersWorld()
    const plan = planExperiment(experimentOf({ evaluate: world.evaluate }))
    expect(plan).toEqual({
      algorithm: 'hill-climb',
      proposer: 'letters',
      prompts: ['p'],
      cases: { train: 4, validation: 3, held_out: 8, anchors: 0 },
      // Twice 8 cases, each with up to two attempts.
      calls: { total: 200, seed: 3, search: 168, proof: 32 },
    })
    expect(world.runs).toEqual([])
  })

  it('proves what it finds on cases that the search did not see', async () => {
    const world = lettersWorld()
    const report = await runExperiment(experimentOf({ evaluate: world.evaluate }))
    expect(report.proof).toMatchObject({ verdict: 'gain', effect: 1, pairs: 8 })
    const first = world.runs.findIndex((run) => run.startsWith('held'))
    expect(world.runs.slice(first).every((run) => run.startsWith('held'))).toBe(true)
    expect(report.search.calls.budget).toBe(168)
    expect(report.ledger).toBeNull()
  })

  it('proves nothing when nothing was found', async () => {
    const evaluate = lettersWorld().evaluate
    const train = casesOf('train', 'Z')
    const validation = casesOf('validation', 'Y')
    const options = experimentOf({ evaluate, train, validation, budget: { calls: 60 } })
    const report = await runExperiment(options)
    expect(report.search.best.member).toBe(0)
    expect(report.proof).toBeNull()
  })

  it('is refused when the budget does not pay for the seed and the proof', async () => {
    await expect(runExperiment(experimentOf({ budget: { calls: 34 } }))).rejects.toThrow(
      /"budget.calls" is 34/,
    )
    expect(() => planExperiment(experimentOf({ heldOut: casesOf('train', 'a') }))).toThrow(
      /both in "train" and in "heldOut"/,
    )
  })
})

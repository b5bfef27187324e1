import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/document/json.js'
import type { LedgerOptions } from '../../../../src/optimizer/ledger/ledger-options.js'
import { Ledger } from '../../../../src/optimizer/ledger/ledger.js'
import { LedgerInStore } from '../../../../src/optimizer/run/ledger-in-store.js'
import type { CaseOutcome } from '../../../../src/optimizer/search/candidate.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
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

describe('an experiment with a ledger', () => {
  /** What it comes to, also if its budget ends before its proof. */
  async function outcomeOf(options: LedgerOptions): Promise<string> {
    const world = lettersWorld()
    await using ledger = await Ledger.open(options)
    const evaluate: ExperimentOptions['evaluate'] = async (candidate, testCase, place) => {
      const { repeat, attempt, signal } = place
      const request = { candidate, id: testCase.id }
      const perform = async () => {
        // The first of a round take the longest.
        for (let turn = 0; turn < 8 - Number(testCase.id.at(-1)); turn++) await setImmediate()
        const outcome = await world.evaluate(candidate, testCase, place)
        return { answer: outcome as unknown as JsonObject }
      }
      const asked = { kind: 'run', request, repeat, attempt }
      return (await ledger.run(asked, { perform }, signal)) as unknown as CaseOutcome
    }
    try {
      return JSON.stringify(await runExperiment(experimentOf({ evaluate, ledger })))
    } catch (error) {
      return String(error)
    }
  }

  it('comes to the same in a replay, wherever its budget ends', async () => {
    const outcomes = new Set<string>()
    for (let calls = 1; calls <= 60; calls += 3) {
      await using store = new MemoryStorage()
      const options = { storage: new LedgerInStore(store), run: 'r', budget: { calls } }
      const recorded = await outcomeOf(options)
      expect(await outcomeOf({ ...options, mode: 'replay' }), `${calls} calls`).toBe(recorded)
      outcomes.add(recorded.slice(0, 60))
    }
    expect(outcomes.size).toBeGreaterThan(2)
  })
})

import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../../../../src/base/errors.js'
import { ExperimentError } from '../../../../src/optimizer/experiment-error.js'
import { Harness, scoresOf } from '../../../../src/optimizer/search/harness.js'
import { checkSearchOptions } from '../../../../src/optimizer/search/search-options.js'
import type {
  Proposer,
  SearchEvent,
  SearchOptions,
} from '../../../../src/optimizer/search/search-types.js'
import {
  casesOf,
  failureOf,
  lettersSearch,
  lettersWorld,
  outcomeOf,
} from '../../../support/search-world.js'

function harnessOf(given: Partial<SearchOptions>): Harness {
  return new Harness(checkSearchOptions(lettersSearch(given)))
}

function proposing(propose: Proposer['propose']): Proposer {
  return { name: 'given', propose }
}

const request = {
  prompt_id: 'p',
  candidate: { p: 'Answer. {{#start.text#}}' },
  examples: [],
  history: [],
}

describe('runs of a harness', () => {
  it('are made once for each candidate, case and repeat', async () => {
    const world = lettersWorld()
    const harness = harnessOf({ evaluate: world.evaluate, repeats: 2 })
    const cases = casesOf('validation', 'ab', 'cd')
    const first = await harness.evaluate({ p: '[a]' }, cases)
    expect([...(first?.scores ?? [])]).toEqual([
      ['validation-0', 0.5],
      ['validation-1', 0],
    ])
    await harness.evaluate({ p: '[a]' }, [...cases, ...casesOf('more', 'a')])
    expect(world.runs.toSorted()).toEqual([
      'more-0/0/0',
      'more-0/1/0',
      'validation-0/0/0',
      'validation-0/1/0',
      'validation-1/0/0',
      'validation-1/1/0',
    ])
    expect(harness.evaluations).toBe(6)
  })

  it('are not begun when the budget does not pay for all of them', async () => {
    const world = lettersWorld()
    const harness = harnessOf({ evaluate: world.evaluate, budget: { calls: 3 } })
    expect(await harness.evaluate({ p: '' }, casesOf('a', 'a', 'b'))).toBeDefined()
    expect(await harness.evaluate({ p: '' }, casesOf('b', 'a', 'b'))).toBeUndefined()
    expect(world.runs).toHaveLength(2)
    expect(harness.isSpent).toBe(true)
    expect(harness.callsLeft).toBe(0)
  })

  it('are attempted again after an error, as long as the others keep their share of the budget', async () => {
    const attempts: number[] = []
    const evaluate: SearchOptions['evaluate'] = async (_, testCase, { attempt }) => {
      attempts.push(attempt)
      return await Promise.resolve(attempt === 0 ? failureOf(testCase) : outcomeOf(testCase, 1))
    }
    const rich = harnessOf({ evaluate, budget: { calls: 10 } })
    expect((await rich.evaluate({ p: '' }, casesOf('a', 'a', 'b')))?.scores.size).toBe(2)
    expect(rich.failedRuns).toBe(2)
    const poor = harnessOf({ evaluate, budget: { calls: 3 }, concurrency: 1 })
    const found = await poor.evaluate({ p: '' }, casesOf('a', 'a', 'b'))
    expect(found?.scores.size).toBe(1)
    expect(poor.evaluations).toBe(3)
  })

  it('are attempted again in the order of the cases, whichever fails first', async () => {
    const evaluate: SearchOptions['evaluate'] = async (_, testCase, { attempt }) => {
      if (testCase.id === 'a-0') await setImmediate()
      return attempt === 0 ? failureOf(testCase) : outcomeOf(testCase, 1)
    }
    const poor = harnessOf({ evaluate, budget: { calls: 3 }, concurrency: 2 })
    const found = await poor.evaluate({ p: '' }, casesOf('a', 'a', 'b'))
    expect([...(found?.scores.keys() ?? [])]).toEqual(['a-0'])
    expect(poor.evaluations).toBe(3)
  })

  it('stop the search when a ledger has no budget left, and end it for any other error', async () => {
    const spent = harnessOf({
      evaluate: async () => await Promise.reject(new ExperimentError('OPT-BUDGET-001', 'spent')),
    })
    expect(await spent.evaluate({ p: '' }, casesOf('a', 'a'))).toBeUndefined()
    expect(spent.isSpent).toBe(true)
    expect(spent.refusal).toMatchObject({ message: 'spent' })
    const broken = harnessOf({ evaluate: async () => await Promise.reject(new Error('a defect')) })
    await expect(broken.evaluate({ p: '' }, casesOf('a', 'a'))).rejects.toThrow('a defect')
  })
})

describe('a budget that ends within a round of runs', () => {
  it('leaves the same counts, however many runs were under way by then', async () => {
    const counts: unknown[] = []
    for (const concurrency of [1, 2, 4]) {
      const evaluate: SearchOptions['evaluate'] = async (_, testCase) => {
        if (testCase.id === 'a-2') throw new ExperimentError('OPT-BUDGET-001', 'spent')
        await setImmediate()
        return failureOf(testCase)
      }
      const harness = harnessOf({ evaluate, concurrency })
      const cases = casesOf('a', 'a', 'b', 'c', 'd')
      expect(await harness.evaluate({ p: '' }, cases)).toBeUndefined()
      counts.push([harness.evaluations, harness.failedRuns, harness.callsLeft])
    }
    expect(counts).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
  })

  it('pays for calls beside the runs, too', async () => {
    let beside = 0
    const harness = harnessOf({ budget: { calls: 5 }, callsBeside: () => beside })
    expect(await harness.evaluate({ p: '' }, casesOf('a', 'a', 'b'))).toBeDefined()
    beside = 2
    expect(harness.callsLeft).toBe(1)
    expect(await harness.evaluate({ p: '' }, casesOf('b', 'a', 'b'))).toBeUndefined()
    expect(() => harnessOf({ callsBeside: 3 as never })).toThrow('"callsBeside"')
  })
})

describe('proposals of a harness', () => {
  it('that lose a placeholder are refused, and counted by reason', async () => {
    const events: SearchEvent[] = []
    const harness = harnessOf({
      proposer: proposing(async () => await Promise.resolve('Answer it.')),
      onEvent: (event) => events.push(event),
    })
    expect(await harness.propose(request)).toBe('none')
    expect(harness.counts.refused).toBe(1)
    expect(harness.refusals).toEqual({ placeholder_lost: 1 })
    expect(events).toEqual([{ type: 'refused', prompt_id: 'p', reasons: ['placeholder_lost'] }])
  })

  it('are compared with the seed, so that nothing is lost in many steps', async () => {
    const harness = harnessOf({
      proposer: proposing(async ({ text }) => await Promise.resolve(`${text} More.`)),
    })
    const drifted = { ...request, candidate: { p: 'Answer.' } }
    expect(await harness.propose(drifted)).toBe('none')
  })

  it('that fail are counted, and cost a call', async () => {
    const events: SearchEvent[] = []
    const failure = new HoldfastError('OPT-LLM-006', 'the endpoint failed')
    const harness = harnessOf({
      proposer: proposing(async () => await Promise.reject(failure)),
      onEvent: (event) => events.push(event),
    })
    expect(await harness.propose(request)).toBe('none')
    expect(harness.proposals).toBe(1)
    expect(events).toEqual([{ type: 'failed', prompt_id: 'p', code: 'OPT-LLM-006' }])
  })

  it('that fail by a defect, or for the ledger, end the search', async () => {
    for (const error of [
      new Error('a defect'),
      new ExperimentError('OPT-REPLAY-001', 'no answer'),
      new ExperimentError('OPT-LEDGER-002', 'two writers'),
      new HoldfastError('OPT-LLM-009', 'a wrong key'),
    ]) {
      const harness = harnessOf({ proposer: proposing(async () => await Promise.reject(error)) })
      await expect(harness.propose(request)).rejects.toBe(error)
    }
  })

  it('stop the search when a budget is spent', async () => {
    const harness = harnessOf({
      proposer: proposing(
        async () => await Promise.reject(new ExperimentError('OPT-BUDGET-001', 'spent')),
      ),
    })
    expect(await harness.propose(request)).toBeUndefined()
    expect(await harness.propose(request)).toBeUndefined()
    expect(harness.proposals).toBe(1)
  })

  it('are new once', () => {
    const harness = harnessOf({})
    expect(harness.isNew({ p: '1' })).toBe(true)
    expect(harness.isNew({ p: '1' }, 'p')).toBe(false)
    expect(harness.counts.duplicate).toBe(1)
  })
})

it('the score of a case is the mean of its repeats, without errors', () => {
  const [one, other] = casesOf('c', 'a', 'b')
  if (one === undefined || other === undefined) throw new Error('two cases')
  const outcomes = [outcomeOf(one, 1), outcomeOf(one, 0.5), failureOf(one), failureOf(other)]
  expect([...scoresOf(outcomes)]).toEqual([['c-0', 0.75]])
})

it('a score that is not a number is a defect of what evaluates', () => {
  const [one] = casesOf('c', 'a')
  if (one === undefined) throw new Error('a case')
  expect(() => scoresOf([outcomeOf(one, Number.NaN)])).toThrow("The score of case 'c-0'")
})

import { expect, it } from 'vitest'
import { checkRunConfig } from '../../../../src/optimizer/run/run-config.js'
import { definitionOf } from '../../../../src/optimizer/run/run-definition.js'
import { makeReport } from '../../../../src/optimizer/run/make-report.js'
import { prepareRun, type PreparedRun } from '../../../../src/optimizer/run/prepare-run.js'
import type { Findings } from '../../../../src/optimizer/run/run-experiment.js'
import { sampleReport } from '../../../support/run-report.js'
import { workflowWith } from '../../../support/wrong-workflow.js'

async function prepared(): Promise<PreparedRun> {
  const one = (id: string): object => ({ id, inputs: { text: id }, expected: id })
  const config = checkRunConfig({
    workflow: 'small.yml',
    prompts: ['small_llm_0'],
    target: { type: 'model', model: 'm' },
    models: { m: { base_url: 'http://127.0.0.1:1/v1', model: 'm' } },
    proposer: { model: 'm' },
    data: { train: 'a', validation: 'b', held_out: 'c' },
    budget: { calls: 100 },
  })
  const definition = definitionOf({
    config,
    file: 'small.yml',
    bytes: Buffer.from(workflowWith('Answer.')).toString('base64'),
    cases: {
      train: [one('t')],
      validation: [one('v')],
      held_out: [one('h'), one('i')],
      anchors: [],
    },
    notes: [],
  })
  return await prepareRun(definition, 'ledger')
}

function findings(changes: Partial<Findings>): Findings {
  const { plan, ledger: _, ...sample } = sampleReport()
  const search = sample.search === null ? undefined : { ...sample.search, pool: [] }
  const best = search && {
    ...search,
    best: { ...search.best, candidate: { small_llm_0: 'Answer well.' } },
  }
  const cases = [
    { case_id: 'h', baseline: 0, winner: 1 },
    { case_id: 'i', baseline: 1, winner: 0.5 },
  ]
  return {
    plan,
    search: best,
    proof: sample.proof === null ? undefined : { ...sample.proof, cases },
    stoppedBy: undefined,
    progress: [],
    outcomeOf: (candidate, id) => ({
      case_id: id,
      score: 1,
      feedback: candidate['small_llm_0'] ?? '',
      traces: [],
      outputs: { text: id },
      tokens: 0,
      cost: 0,
      seconds: 0,
    }),
    ...changes,
  }
}

it('a report has the texts before and after, and the cases that improved or got worse', async () => {
  const run = await prepared()
  const { ledger } = sampleReport()
  const report = makeReport('r', run, findings({}), ledger)
  expect(report.prompts).toMatchObject([
    { prompt_id: 'small_llm_0', before: 'Answer.', after: 'Answer well.', changed: true, line: 13 },
  ])
  expect(report.wins).toMatchObject([
    {
      case_id: 'h',
      expected: 'h',
      baseline: { score: 0, feedback: 'Answer.' },
      winner: { score: 1, feedback: 'Answer well.' },
    },
  ])
  expect(report.losses.map(({ case_id: id }) => id)).toEqual(['i'])
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
})

it('the verdict is that of the proof, or why there is none', async () => {
  const run = await prepared()
  const { ledger } = sampleReport()
  const verdict = (changes: Partial<Findings>): string =>
    makeReport('r', run, findings(changes), ledger).verdict
  expect(verdict({})).toBe('gain')
  expect(verdict({ proof: undefined })).toBe('no_significant_gain')
  expect(verdict({ proof: undefined, stoppedBy: 'spent' })).toBe('budget_spent')
  expect(verdict({ proof: undefined, search: undefined })).toBe('budget_spent')
})

it('the numbers of a report are rounded, but those of cases and outputs are data', async () => {
  const run = await prepared()
  const { ledger } = sampleReport()
  const found = findings({})
  const cases = [{ case_id: 'h', baseline: 0.1 + 0.2, winner: 2 / 3 }]
  const report = makeReport(
    'r',
    run,
    {
      ...found,
      proof: found.proof && { ...found.proof, cases, effect: 2 / 3 - (0.1 + 0.2) },
      progress: [{ calls: 1, best_score: 0.1 + 0.2 }],
      outcomeOf: (candidate, id) => {
        const outcome = found.outcomeOf(candidate, id)
        return outcome && { ...outcome, outputs: { price: 0.1 + 0.2 } }
      },
    },
    { ...ledger, money: 0.1 + 0.2 },
  )
  expect(report.proof).toMatchObject({
    effect: 0.366667,
    cases: [{ baseline: 0.3, winner: 0.666667 }],
  })
  expect(report.progress).toEqual([{ calls: 1, best_score: 0.3 }])
  expect(report.ledger.money).toBe(0.3)
  expect(report.wins[0]).toMatchObject({
    baseline: { score: 0.3, outputs: { price: 0.1 + 0.2 } },
    winner: { score: 0.666667 },
  })
})

import { describe, expect, it } from 'vitest'
import { exactEvaluator } from '../../../../src/optimizer/evaluation/text-evaluators.js'
import { ExperimentError } from '../../../../src/optimizer/experiment-error.js'
import { ModelError } from '../../../../src/optimizer/llm/model-error.js'
import { scoredRun, type CaseAnswer } from '../../../../src/optimizer/run/score-run.js'

const CASE = { id: 'c', inputs: { text: 'x' }, expected: 'yes' }
const EVALUATOR = exactEvaluator({ type: 'exact' })
const OPTIONS = { repeat: 0, attempt: 0, signal: new AbortController().signal }

function answer(text: string, failure?: string): () => Promise<CaseAnswer> {
  const outputs = { text }
  const common = { outputs, traces: [], tokens: 7, cost: 0.5, seconds: 0 }
  return async () =>
    await Promise.resolve({ ...common, ...(failure === undefined ? {} : { failure }) })
}

describe('a run of a case', () => {
  it('has a score, and what it cost', async () => {
    expect(await scoredRun(CASE, EVALUATOR, OPTIONS, answer('yes'))).toMatchObject({
      case_id: 'c',
      score: 1,
      tokens: 7,
      cost: 0.5,
    })
  })

  it('has an error and no score if the model, the evaluator or the run itself failed', async () => {
    const refused = async (): Promise<CaseAnswer> =>
      await Promise.reject(new ModelError('OPT-LLM-006', 'the endpoint failed'))
    const outcomes = [
      await scoredRun(CASE, EVALUATOR, OPTIONS, refused),
      await scoredRun({ id: 'c', inputs: {} }, EVALUATOR, OPTIONS, answer('yes')),
      await scoredRun(CASE, EVALUATOR, OPTIONS, answer('yes', 'the run ended as failed')),
    ]
    expect(outcomes.map(({ score }) => score)).toEqual([undefined, undefined, undefined])
    expect(outcomes.map(({ error }) => error?.code)).toEqual([
      'OPT-LLM-006',
      'OPT-EVAL-001',
      'OPT-EVAL-001',
    ])
    expect(outcomes.map(({ tokens }) => tokens)).toEqual([0, 7, 7])
  })

  it('ends with a budget that is spent, a defect or an interruption', async () => {
    for (const error of [
      new ExperimentError('OPT-BUDGET-001', 'spent'),
      new ModelError('OPT-LLM-009', 'a wrong key'),
      new Error('defect'),
    ])
      await expect(
        scoredRun(CASE, EVALUATOR, OPTIONS, async () => await Promise.reject(error)),
      ).rejects.toBe(error)
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    const { signal } = controller
    await expect(
      scoredRun(
        CASE,
        EVALUATOR,
        { ...OPTIONS, signal },
        async () => await Promise.reject(new Error('x')),
      ),
    ).rejects.toThrow('enough')
  })
})

import { describe, expect, it } from 'vitest'
import { casesEvaluator, evaluatorOf } from '../../../../src/optimizer/evaluation/evaluators.js'
import { answeringModel } from '../../../support/chat-model.js'

const outputs = { text: 'Paris' }
const testCase = { id: 'c', inputs: {}, expected: 'Paris' }

describe('the evaluator of a specification', () => {
  it('is of its kind', async () => {
    for (const [spec, score] of [
      [{ type: 'exact' }, 1],
      [{ type: 'contains', values: ['Par', 'z'] }, 0.5],
      [{ type: 'regex', pattern: '^P' }, 1],
      [{ type: 'json_schema', schema: true }, 0],
      [{ type: 'similarity' }, 1],
    ] as const)
      expect(await evaluatorOf(spec).evaluate({ outputs, testCase })).toMatchObject({ score })
  })

  it('needs a model if it is a judge', async () => {
    expect(() => evaluatorOf({ type: 'llm_judge', criteria: 'x' })).toThrow(/"model"/)
    const model = answeringModel(() => '{"score": 0.5, "reason": "so"}')
    const judge = evaluatorOf({ type: 'llm_judge', criteria: 'x' }, { model })
    expect(await judge.evaluate({ outputs, testCase })).toEqual({ score: 0.5, feedback: 'so' })
  })
})

describe('the evaluator of an experiment', () => {
  it('is the mean of several by weight, with what each complains about', async () => {
    const evaluator = casesEvaluator([
      { type: 'exact', weight: 3 },
      { type: 'contains', values: ['Rome'] },
    ])
    expect(evaluator.name).toBe('exact+contains')
    expect(await evaluator.evaluate({ outputs, testCase })).toEqual({
      score: 0.75,
      feedback: "is missing: 'Rome'",
    })
  })

  it('is that of the case, if the case has one', async () => {
    const evaluator = casesEvaluator([{ type: 'exact', value: 'Rome' }])
    const own = { ...testCase, evaluators: [{ type: 'contains', values: ['P'] } as const] }
    expect(await evaluator.evaluate({ outputs, testCase: own })).toMatchObject({ score: 1 })
    await expect(casesEvaluator([]).evaluate({ outputs, testCase })).rejects.toThrow(/no evaluator/)
  })

  it('has no score when one of them fails', async () => {
    const evaluator = casesEvaluator([{ type: 'contains', values: ['P'] }, { type: 'exact' }])
    const unknown = { id: 'c', inputs: {} }
    await expect(evaluator.evaluate({ outputs, testCase: unknown })).rejects.toMatchObject({
      code: 'OPT-EVAL-001',
    })
  })
})

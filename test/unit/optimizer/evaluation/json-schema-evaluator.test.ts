import { describe, expect, it } from 'vitest'
import { jsonSchemaEvaluator } from '../../../../src/optimizer/evaluation/json-schema-evaluator.js'

const testCase = { id: 'c', inputs: {} }
const schema = {
  type: 'object',
  required: ['name', 'age'],
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
  additionalProperties: false,
}

describe('json_schema', () => {
  it('accepts JSON that fits, alone or in a fence', async () => {
    const evaluator = jsonSchemaEvaluator({ type: 'json_schema', schema })
    const text = '{"name":"Ada","age":36}'
    for (const output of [text, `Here it is:\n\`\`\`json\n${text}\n\`\`\`\nDone.`])
      expect(await evaluator.evaluate({ outputs: { text: output }, testCase })).toEqual({
        score: 1,
        feedback: '',
      })
  })

  it('says what does not fit', async () => {
    const evaluator = jsonSchemaEvaluator({ type: 'json_schema', schema })
    const outputs = { text: '{"name":3,"more":1}' }
    const { score, feedback } = await evaluator.evaluate({ outputs, testCase })
    expect(score).toBe(0)
    expect(feedback).toContain("must have required property 'age'")
    expect(feedback).toContain('/name must be string')
    expect(await evaluator.evaluate({ outputs: { text: 'no' }, testCase })).toEqual({
      score: 0,
      feedback: 'the output is not JSON',
    })
  })

  it('takes the schema of the case without one of its own', async () => {
    const evaluator = jsonSchemaEvaluator({ type: 'json_schema' })
    const evaluated = {
      outputs: { text: '3' },
      testCase: { ...testCase, expected: { type: 'number' } },
    }
    expect(await evaluator.evaluate(evaluated)).toMatchObject({ score: 1 })
    const wrong = {
      outputs: { text: '3' },
      testCase: { ...testCase, expected: { type: 'nothing' } },
    }
    await expect(evaluator.evaluate(wrong)).rejects.toMatchObject({ code: 'OPT-EVAL-001' })
  })

  it('refuses what is not a schema at once', () => {
    expect(() => jsonSchemaEvaluator({ type: 'json_schema', schema: { type: 'nothing' } })).toThrow(
      /wrong schema/,
    )
    expect(() =>
      jsonSchemaEvaluator({ type: 'json_schema', schema: { pattern: '(', type: 'string' } }),
    ).toThrow(/wrong schema/)
  })

  it('ends when a pattern of the schema would take years', async () => {
    const hostile = { type: 'string', pattern: '^(a+)+$' }
    const evaluator = jsonSchemaEvaluator({ type: 'json_schema', schema: hostile })
    const outputs = { text: JSON.stringify(`${'a'.repeat(60)}!`) }
    await expect(evaluator.evaluate({ outputs, testCase })).rejects.toMatchObject({
      code: 'OPT-EVAL-001',
    })
  })
})

it('keeps several patterns of a schema apart', async () => {
  const properties = {
    a: { type: 'string', pattern: '^x$' },
    b: { type: 'string', pattern: '^y$' },
  }
  const evaluator = jsonSchemaEvaluator({ type: 'json_schema', schema: { properties } })
  const scoreOf = async (value: unknown): Promise<number> =>
    (await evaluator.evaluate({ outputs: { text: JSON.stringify(value) }, testCase })).score
  expect(await scoreOf({ a: 'x', b: 'y' })).toBe(1)
  expect(await scoreOf({ a: 'y', b: 'y' })).toBe(0)
  expect(await scoreOf({ a: 'x', b: 'x' })).toBe(0)
})

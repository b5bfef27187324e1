import { expect, it } from 'vitest'
import {
  checkEvaluatorSpec,
  evaluatorSpecSchema,
} from '../../../../src/optimizer/evaluation/evaluator-spec.js'

it('accepts each kind of evaluator', () => {
  for (const spec of [
    { type: 'exact', value: 'a', trim: false, ignore_case: true, output: 'text', weight: 2 },
    { type: 'contains', values: ['a'], not: true },
    { type: 'regex', pattern: 'a', flags: 'i' },
    { type: 'json_schema', schema: { type: 'string' } },
    { type: 'json_schema', schema: true },
    { type: 'similarity', threshold: 0.5 },
    { type: 'llm_judge', criteria: 'is polite', model: 'm' },
  ])
    expect(evaluatorSpecSchema.parse(spec)).toEqual(spec)
})

it('refuses unknown kinds, unknown fields and values out of bounds', () => {
  for (const spec of [
    { type: 'guess' },
    { type: 'exact', vale: 'a' },
    { type: 'similarity', threshold: 2 },
    { type: 'llm_judge' },
    { type: 'exact', weight: 0 },
    { type: 'contains', values: [] },
  ])
    expect(evaluatorSpecSchema.safeParse(spec).success).toBe(false)
})

it('names the place of what is wrong in the evaluator of a manifest', () => {
  const spec = { type: 'similarity', threshold: 0.5 } as const
  expect(checkEvaluatorSpec(spec, 'manifest.evaluator')).toEqual(spec)
  for (const [given, message] of [
    [
      { type: 'exakt' },
      `Key "manifest.evaluator.type" is wrong: expected one of exact, contains, regex, json_schema, similarity, llm_judge, got 'exakt'`,
    ],
    [
      { type: 'exact', vale: 'a' },
      'Unknown key "vale" of manifest.evaluator; did you mean "value"?',
    ],
    [
      { type: 'contains', values: ['a', 1] },
      'Key "manifest.evaluator.values[1]" is wrong: expected string, got 1',
    ],
  ] as const)
    expect(() => checkEvaluatorSpec(given, 'manifest.evaluator')).toThrow(message)
})

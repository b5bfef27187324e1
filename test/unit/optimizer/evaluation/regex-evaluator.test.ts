import { expect, it } from 'vitest'
import { regexEvaluator } from '../../../../src/optimizer/evaluation/regex-evaluator.js'

const testCase = { id: 'c', inputs: {} }

it('scores whether the pattern matches, and says which one does not', async () => {
  const regex = regexEvaluator({ type: 'regex', pattern: '^\\d{4}$' })
  expect(await regex.evaluate({ outputs: { text: '2024' }, testCase })).toMatchObject({ score: 1 })
  expect(await regex.evaluate({ outputs: { text: 'x' }, testCase })).toEqual({
    score: 0,
    feedback: "does not match '^\\\\d{4}$'",
  })
})

it('takes the pattern of the case without one of its own', async () => {
  const regex = regexEvaluator({ type: 'regex', flags: 'i' })
  const evaluated = { outputs: { text: 'ABC' }, testCase: { ...testCase, expected: '^abc$' } }
  expect(await regex.evaluate(evaluated)).toMatchObject({ score: 1 })
})

it('refuses a malformed pattern at once, and that of a case when it is run', async () => {
  expect(() => regexEvaluator({ type: 'regex', pattern: '(' })).toThrow(TypeError)
  const regex = regexEvaluator({ type: 'regex' })
  const evaluated = { outputs: { text: 'a' }, testCase: { ...testCase, expected: '(' } }
  await expect(regex.evaluate(evaluated)).rejects.toMatchObject({ code: 'OPT-EVAL-001' })
})

it('gives no score when a match does not end in time', async () => {
  const regex = regexEvaluator({ type: 'regex', pattern: '^(a+)+$' })
  const evaluated = { outputs: { text: `${'a'.repeat(60)}!` }, testCase }
  await expect(regex.evaluate(evaluated)).rejects.toThrow(/did not end within 250 ms/)
})

import { describe, expect, it } from 'vitest'
import type { Case, Evaluated } from '../../../../src/optimizer/evaluation/case.js'
import {
  containsEvaluator,
  evaluator,
  exactEvaluator,
  similarityEvaluator,
} from '../../../../src/optimizer/evaluation/text-evaluators.js'

function given(text: string, expected?: Case['expected']): Evaluated {
  const known = expected === undefined ? {} : { expected }
  return { outputs: { text }, testCase: { id: 'c', inputs: {}, ...known } }
}

describe('exact', () => {
  it('accepts the expected text, or one of several, without white space around it', async () => {
    const exact = exactEvaluator({ type: 'exact' })
    expect(await exact.evaluate(given(' Paris\n', 'Paris'))).toEqual({ score: 1, feedback: '' })
    expect(await exact.evaluate(given('Rome', ['Paris', 'Rome']))).toMatchObject({ score: 1 })
    expect(await exact.evaluate(given('paris', 'Paris'))).toEqual({
      score: 0,
      feedback: "expected 'Paris', got 'paris'",
    })
  })

  it('compares strictly or loosely, as it is told', async () => {
    const strict = exactEvaluator({ type: 'exact', value: 'a', trim: false })
    expect(await strict.evaluate(given('a '))).toMatchObject({ score: 0 })
    const loose = exactEvaluator({ type: 'exact', value: 'A', ignore_case: true })
    expect(await loose.evaluate(given('a'))).toMatchObject({ score: 1 })
  })
})

describe('contains', () => {
  it('scores the share of the expected texts, and names those that are missing', async () => {
    const contains = containsEvaluator({ type: 'contains' })
    const verdict = await contains.evaluate(given('one and two', ['one', 'two', 'three', 'four']))
    expect(verdict).toEqual({ score: 0.5, feedback: "is missing: 'three'; is missing: 'four'" })
  })

  it('scores the share of those that are absent, with "not"', async () => {
    const absent = containsEvaluator({ type: 'contains', values: ['Sorry', 'AI'], not: true })
    expect(absent.name).toBe('not_contains')
    expect(await absent.evaluate(given('Sorry.'))).toEqual({
      score: 0.5,
      feedback: "must not contain: 'Sorry'",
    })
  })

  it('ignores case if it is told', async () => {
    const loose = containsEvaluator({ type: 'contains', values: ['PARIS'], ignore_case: true })
    expect(await loose.evaluate(given('in paris'))).toMatchObject({ score: 1 })
  })
})

describe('similarity', () => {
  it('is the score, or decides it from a threshold on', async () => {
    const plain = similarityEvaluator({ type: 'similarity' })
    const { score } = await plain.evaluate(given('the cat sat', 'the cat sits'))
    expect(score).toBeGreaterThan(0.5)
    expect(score).toBeLessThan(1)
    const strict = similarityEvaluator({ type: 'similarity', threshold: score + 0.01 })
    expect(await strict.evaluate(given('the cat sat', 'the cat sits'))).toMatchObject({ score: 0 })
    const lax = similarityEvaluator({ type: 'similarity', threshold: score, value: 'the cat sits' })
    expect(await lax.evaluate(given('the cat sat'))).toEqual({ score: 1, feedback: '' })
  })
})

describe('every evaluator', () => {
  it('fails where it cannot score: without an expected text, or without an output', async () => {
    const exact = exactEvaluator({ type: 'exact' })
    await expect(exact.evaluate(given('x'))).rejects.toMatchObject({
      code: 'OPT-EVAL-001',
      context: { case_id: 'c' },
    })
    const empty = { outputs: {}, testCase: { id: 'c', inputs: {}, expected: 'x' } }
    await expect(exact.evaluate(empty)).rejects.toMatchObject({ code: 'OPT-EVAL-001' })
  })

  it('rejects, and does not throw, when its rule throws', async () => {
    const broken = evaluator('broken', () => {
      throw new Error('inside')
    })
    await expect(broken.evaluate(given('x'))).rejects.toThrow('inside')
  })
})

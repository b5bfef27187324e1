import { describe, expect, it } from 'vitest'
import {
  expectedTexts,
  notScored,
  outputText,
} from '../../../../src/optimizer/evaluation/output-text.js'

const testCase = { id: 'c', inputs: {} }

describe('the output that is scored', () => {
  it('is the only one, a usual one, or the one that is named', () => {
    expect(outputText({ outputs: { anything: 'a' }, testCase }, undefined)).toBe('a')
    expect(outputText({ outputs: { other: 'a', answer: 'b' }, testCase }, undefined)).toBe('b')
    expect(outputText({ outputs: { other: 'a', answer: 'b' }, testCase }, 'other')).toBe('a')
  })

  it('is the JSON of a value that is not a text', () => {
    expect(outputText({ outputs: { result: { a: 1 } }, testCase }, undefined)).toBe('{"a":1}')
  })

  it('must exist: a run without it has no score', () => {
    for (const [outputs, name] of [
      [{}, undefined],
      [{ a: '1', b: '2' }, undefined],
      [{ text: null }, undefined],
      [{ text: 'x' }, 'answer'],
    ] as const)
      expect(() => outputText({ outputs, testCase }, name)).toThrow(/cannot be scored/)
  })
})

it('what a case expects is one text or several, and values are their JSON', () => {
  const expecting = (
    expected: string | number | null | readonly (string | number)[],
  ): readonly string[] => expectedTexts({ outputs: {}, testCase: { ...testCase, expected } })
  expect(expecting('a')).toEqual(['a'])
  expect(expecting(['a', 2])).toEqual(['a', '2'])
  expect(() => expecting(null)).toThrow(/no expected output/)
})

it('the error of an output without a score names the case, the reason and the cause', () => {
  const cause = new Error('x')
  const error = notScored('c', 'why', cause)
  expect(error).toMatchObject({
    code: 'OPT-EVAL-001',
    context: { case_id: 'c', reason: 'why' },
    cause,
  })
})

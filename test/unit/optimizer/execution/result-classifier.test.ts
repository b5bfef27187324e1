import { expect, it } from 'vitest'
import { ResultClassifier } from '../../../../src/optimizer/execution/result-classifier.js'
import { resultWith } from './results.js'

/** A result of that many seconds, whose outputs have `share` of the characters of its tokens. */
const run = (seconds: number, share: number) => {
  const text = 'x'.repeat(400 * share - '{"text":""}'.length)
  return resultWith({ execution_time: seconds, tokens_used: 100, outputs: { text } })
}

it.each([
  [1.9, 0.8, 'EXCELLENT'],
  [2, 0.8, 'GOOD'],
  [1, 0.79, 'GOOD'],
  [4.9, 0.6, 'GOOD'],
  [9.9, 0.4, 'FAIR'],
  [10, 0.9, 'POOR'],
  [1, 0.3, 'POOR'],
])('calls %f seconds with an efficiency of %f %s', (seconds, share, name) => {
  const classifier = new ResultClassifier()
  expect(classifier.efficiency(run(seconds, share))).toBeCloseTo(share, 2)
  expect(classifier.classify(run(seconds, share))).toBe(name)
})

it('calls what failed, and what has no tokens, POOR', () => {
  const classifier = new ResultClassifier()
  expect(classifier.classify({ ...run(1, 0.9), status: 'failed' })).toBe('POOR')
  expect(classifier.classify(resultWith({}))).toBe('POOR')
})

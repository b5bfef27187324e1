import { expect, it } from 'vitest'
import { confidenceOf } from '../../../../src/optimizer/rewriting/confidence.js'

it.each([
  ['nothing changes', [0, 0, 0], 0.5],
  ['a little better', [1, 1, 0], 0.6],
  ['better', [6, 6, 0], 0.7],
  ['much better, in both', [11, 11, 11], 0.95],
  ['worse', [-3, -3, -3], 0.5],
  ['one is much worse', [1, 9, -6], 0.4],
  ['both are much worse', [-9, -9, -9], 0.3],
])('the confidence when %s', (_, [overall = 0, clarity = 0, efficiency = 0], expected) => {
  const before = { overall_score: 50, clarity_score: 50, efficiency_score: 50 }
  const after = {
    overall_score: 50 + overall,
    clarity_score: 50 + clarity,
    efficiency_score: 50 + efficiency,
  }
  expect(confidenceOf(before, after)).toBe(expected)
})

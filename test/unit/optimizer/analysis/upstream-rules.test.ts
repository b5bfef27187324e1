import { describe, expect, it } from 'vitest'
import { scoresOf } from '../../../../src/optimizer/analysis/scores.js'
import { judgeByUpstream, lengthScore } from '../../../../src/optimizer/analysis/upstream-rules.js'
import { upstreamScores } from './upstream-scores.js'

describe('the rules of the first implementation', () => {
  const measured = upstreamScores()

  it('are measured on 110 texts', () => {
    expect(measured).toHaveLength(110)
  })

  it.each([
    ['Short prompt', 58.7, 54.5, 65],
    [
      'Maybe you could possibly do some stuff with these things, kind of sort them or whatever etc.',
      64.58,
      54.5,
      79.71,
    ],
  ])('give %j the reference values', (text, overall, clarity, efficiency) => {
    const scores = scoresOf(judgeByUpstream(text, 0).parts)
    expect(scores.overall_score).toBeCloseTo(overall, 2)
    expect(scores.clarity_score).toBeCloseTo(clarity, 2)
    expect(scores.efficiency_score).toBeCloseTo(efficiency, 2)
  })

  it('give every measured text exactly its scores, issues, suggestions and counts', () => {
    for (const expected of measured) {
      const { parts, issues, suggestions, metadata } = judgeByUpstream(expected.text, 0)
      const { overall_score, clarity_score, efficiency_score } = scoresOf(parts)
      expect({
        scores: [overall_score, clarity_score, efficiency_score],
        parts: Object.values(parts),
        issues: issues.map(({ severity, type }) => `${severity} ${type}`),
        suggestions: suggestions.map(({ type, priority }) => `${type} ${priority}`),
        metadata: Object.values(metadata).slice(0, 6),
      }).toEqual({
        scores: expected.scores,
        parts: expected.parts,
        issues: expected.issues,
        suggestions: expected.suggestions,
        metadata: expected.metadata,
      })
    }
  })

  it('count the variables that the prompt has', () => {
    expect(judgeByUpstream('Translate {{a}}', 3).metadata['variable_count']).toBe(3)
  })
})

describe('the score of a length', () => {
  it.each([
    [19.75, 40],
    [20, 70],
    [49.75, 70],
    [50, 90],
    [500, 90],
    [500.25, 70],
    [1000, 70],
    [1000.25, 50],
  ])('of %d tokens is %d', (tokens, score) => {
    expect(lengthScore(tokens)).toBe(score)
  })
})

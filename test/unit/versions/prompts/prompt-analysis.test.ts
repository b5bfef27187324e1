import { describe, expect, it } from 'vitest'
import { promptAnalysisSchema } from '../../../../src/versions/prompts/prompt-analysis.js'

const least = { prompt_id: 'p', overall_score: 0, clarity_score: 100, efficiency_score: 50.5 }
const issue = { severity: 'warning', type: 'too_long', description: 'over 2000 characters' }
const suggestion = { type: 'reduce_length', description: 'cut it', priority: 7 }

describe('the schema of an analysis', () => {
  it('fills in empty lists', () => {
    expect(promptAnalysisSchema.parse(least)).toEqual({
      ...least,
      issues: [],
      suggestions: [],
      metadata: {},
    })
  })

  it('takes issues and suggestions, and null for a location that is not known', () => {
    const given = { ...least, issues: [{ ...issue, location: null }], suggestions: [suggestion] }
    const parsed = promptAnalysisSchema.parse(given)
    expect(parsed.issues).toEqual([issue])
    expect(parsed.suggestions).toEqual([suggestion])
  })

  it.each([
    ['a score over 100', { overall_score: 100.1 }],
    ['a negative score', { clarity_score: -1 }],
    ['a score as text', { efficiency_score: '5' }],
    ['an unknown severity', { issues: [{ ...issue, severity: 'fatal' }] }],
    ['an unknown kind of issue', { issues: [{ ...issue, type: 'rude' }] }],
    ['a priority of 11', { suggestions: [{ ...suggestion, priority: 11 }] }],
    ['an unknown field', { verdict: 'good' }],
  ])('refuses %s', (_, change) => {
    expect(promptAnalysisSchema.safeParse({ ...least, ...change }).success).toBe(false)
  })
})

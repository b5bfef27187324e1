import { describe, expect, it } from 'vitest'
import { optimizationResultSchema } from '../../../../src/versions/prompts/optimization-result.js'

const least = {
  prompt_id: 'p',
  original_prompt: 'old',
  optimized_prompt: 'new',
  strategy: 'clarity_focus',
  improvement_score: -2.5,
  confidence: 0.6,
}

describe('the schema of an optimization result', () => {
  it('fills in empty lists and takes a negative improvement', () => {
    expect(optimizationResultSchema.parse(least)).toEqual({ ...least, changes: [], metadata: {} })
  })

  it('reads changes in both forms and gives them in one', () => {
    const change = {
      rule_id: 'ADD_HEADERS',
      description: 'headers',
      location: [0, 5],
      before: 'a',
      after: 'b',
    }
    const { changes } = optimizationResultSchema.parse({
      ...least,
      changes: [change, 'Added headers'],
    })
    expect(changes).toEqual([change, { rule_id: 'unspecified', description: 'Added headers' }])
  })

  it.each([
    ['an unknown strategy', { strategy: 'magic' }],
    ['a confidence over 1', { confidence: 1.01 }],
    ['a change of an unknown form', { changes: [{ what: 'x' }] }],
    ['a location with one end', { changes: [{ rule_id: 'r', description: 'd', location: [1] }] }],
    ['an unknown field', { node_id: 'n' }],
  ])('refuses %s', (_, change) => {
    expect(optimizationResultSchema.safeParse({ ...least, ...change }).success).toBe(false)
  })
})

import { describe, expect, it } from 'vitest'
import type { OptimizationResult } from '../../../../src/versions/prompts/optimization-result.js'
import { bumpFor } from '../../../../src/versions/prompts/bump.js'

describe('bumpFor', () => {
  it.each([
    [15, 'major'],
    [14.99, 'minor'],
    [5, 'minor'],
    [4.99, 'patch'],
    [0, 'patch'],
    [-20, 'patch'],
  ])('makes of an improvement by %d points a %s version', (improvement_score, bump) => {
    const result: OptimizationResult = {
      prompt_id: 'p',
      original_prompt: 'a',
      optimized_prompt: 'b',
      strategy: 'auto',
      improvement_score,
      confidence: 1,
      changes: [],
      metadata: {},
    }
    expect(bumpFor(result)).toBe(bump)
  })

  it('makes a patch without a result', () => {
    expect(bumpFor(null)).toBe('patch')
  })
})

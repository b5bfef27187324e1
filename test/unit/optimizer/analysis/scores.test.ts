import { describe, expect, it } from 'vitest'
import { bounded, scoresOf } from '../../../../src/optimizer/analysis/scores.js'

describe('scores', () => {
  it('weigh structure 40, specificity and coherence 30; tokens and density half each; clarity 60', () => {
    const scores = scoresOf({
      structure: 100,
      specificity: 50,
      coherence: 0,
      token_efficiency: 80,
      information_density: 40,
    })
    expect(scores.clarity_score).toBe(55)
    expect(scores.efficiency_score).toBe(60)
    expect(scores.overall_score).toBe(57)
  })

  it('are from 0 to 100', () => {
    expect([-1, 0, 55.5, 100, 101].map(bounded)).toEqual([0, 0, 55.5, 100, 100])
  })
})

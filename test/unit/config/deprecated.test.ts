import { describe, expect, it } from 'vitest'
import { describeOutdated, modernised, outdatedForms } from '../../../src/config/deprecated.js'

const OLD = {
  optimizer: {
    storage: 'memory',
    optimization: {
      score_threshold: 70,
      improvement_threshold: 4,
      confidence_threshold: 0.5,
      max_iterations: 2,
    },
  },
}

describe('modernised', () => {
  it('writes the forms of earlier releases as they are now, and leaves the given object alone', () => {
    const before = structuredClone(OLD)
    const forms = outdatedForms(OLD, 'x.yaml')
    expect(modernised(OLD, forms)).toEqual({
      optimizer: {
        storage: { backend: 'memory' },
        optimization: {
          min_baseline_score: 70,
          min_improvement: 4,
          min_confidence: 0.5,
          max_iterations: 2,
        },
      },
    })
    expect(OLD).toEqual(before)
    expect(forms.map(describeOutdated)).toEqual([
      '"optimizer.storage" is no longer a plain name: write "optimizer.storage.backend: memory"',
      '"optimizer.optimization.score_threshold" is now called "min_baseline_score"',
      '"optimizer.optimization.improvement_threshold" is now called "min_improvement"',
      '"optimizer.optimization.confidence_threshold" is now called "min_confidence"',
    ])
  })

  it('finds nothing in a configuration of today, and in what is none', () => {
    for (const config of [{}, null, 5, [], { optimizer: { storage: 'file:prompts' } }])
      expect(outdatedForms(config, 'x')).toEqual([])
    const config = { optimizer: null }
    expect(modernised(config, [])).toBe(config)
  })

  it('refuses an old and a new name side by side', () => {
    const optimization = { improvement_threshold: 4, min_improvement: 5 }
    expect(() => outdatedForms({ optimizer: { optimization } }, 'x.yaml')).toThrow(
      'x.yaml: Keys "improvement_threshold" and "min_improvement" of optimizer.optimization are one setting',
    )
  })
})

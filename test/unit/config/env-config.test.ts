import { describe, expect, it } from 'vitest'
import { OPTIMIZATION_DEFAULTS, partialConfigSchema } from '../../../src/config/env-config.js'

describe('partialConfigSchema', () => {
  it('takes the shape of the seed documents, each key of it optional', () => {
    const whole = {
      io_paths: { workflow_dsl: 'workflows' },
      dify: { auth: { token: 'x' } },
      optimizer: {
        storage: { backend: 'filesystem', config: { storage_dir: 'x', use_index: true } },
        optimization: OPTIMIZATION_DEFAULTS,
      },
    }
    expect(partialConfigSchema.parse(whole)).toEqual(whole)
    for (const part of [{}, { optimizer: {} }, { optimizer: { storage: {}, optimization: {} } }])
      expect(partialConfigSchema.parse(part)).toEqual(part)
  })

  it.each([
    { min_baseline_score: 101 },
    { min_improvement: -1 },
    { min_confidence: 1.1 },
    { max_iterations: 0 },
    { max_iterations: 1.5 },
  ])('refuses %j', (optimization) => {
    expect(partialConfigSchema.safeParse({ optimizer: { optimization } }).success).toBe(false)
  })
})

describe('OPTIMIZATION_DEFAULTS', () => {
  it('are those of the seed documents', () => {
    expect(OPTIMIZATION_DEFAULTS).toEqual({
      min_baseline_score: 80,
      min_improvement: 5,
      min_confidence: 0.6,
      max_iterations: 3,
    })
  })
})

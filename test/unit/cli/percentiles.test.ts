import { describe, expect, it } from 'vitest'
import { percentilesOf } from '../../../src/cli/percentiles.js'

describe('percentiles', () => {
  it('are durations that were measured, whatever their order', () => {
    const durations = Array.from({ length: 100 }, (_, at) => 100 - at)
    expect(percentilesOf(durations)).toEqual({
      count: 100,
      p50_ms: 50,
      p90_ms: 90,
      p99_ms: 99,
      max_ms: 100,
    })
    expect(percentilesOf([7.12345])).toMatchObject({ p50_ms: 7.123, max_ms: 7.123 })
  })

  it('do not exist for nothing', () => {
    expect(percentilesOf([])).toBeUndefined()
  })
})

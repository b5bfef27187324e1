import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { settingsFrom } from '../../../../src/optimizer/service/optimization-settings.js'

describe('C28: the settings of an optimization', () => {
  it('have the names and defaults of the seeds', () => {
    expect(settingsFrom()).toEqual({
      min_baseline_score: 80,
      min_improvement: 5,
      min_confidence: 0.6,
      max_iterations: 3,
    })
    expect(
      settingsFrom({ min_improvement: 1 }, { min_improvement: 9, max_iterations: 2 }),
    ).toMatchObject({
      min_improvement: 1,
      max_iterations: 2,
    })
  })

  it.each([
    ['score_threshold', 'min_baseline_score', 50],
    ['improvement_threshold', 'min_improvement', 2],
    ['confidence_threshold', 'min_confidence', 0.4],
  ])('accept %s for %s, with a warning', async (old, name, value) => {
    const warned = once(process, 'warning')
    expect(settingsFrom({ [old]: value })).toMatchObject({ [name]: value })
    const [warning] = (await warned) as [Error & { code?: string }]
    expect(warning).toMatchObject({ name: 'DeprecationWarning', code: 'HOLDFAST_DEP_THRESHOLD' })
    expect(warning.message).toContain(`${old} is now called ${name}`)
    expect(() => settingsFrom({ [old]: value, [name]: value })).toThrow('are one setting')
  })

  it('are refused where they do not fit', () => {
    expect(() => settingsFrom({ min_confidence: 2 })).toThrow('"min_confidence"')
    expect(() => settingsFrom({ min_confidenc: 0.5 } as never)).toThrow(
      'did you mean "min_confidence"',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { Contention } from '../../../src/versions/contention.js'

describe('Contention', () => {
  it('ends a transaction that has lost ten times when its time is over', () => {
    const contention = new Contention(['p'], 0)
    for (let lost = 1; lost < 10; lost++) contention.refused()
    expect(contention.refusals).toBe(9)
    expect(() => contention.refused()).toThrow(
      expect.objectContaining({
        code: 'FS-LOCK-001',
        message:
          'Prompt p was changed by others again and again, before each of 10 commits; try again',
        context: expect.objectContaining({
          reason: 'contention',
          outcome: 'none',
          attempts: 10,
          timeout_ms: 0,
          prompt_id: 'p',
        }),
      }),
    )
  })

  it('lets it go on before that, however often it has lost', () => {
    const contention = new Contention(['p', 'q'], 3_600_000)
    for (let lost = 0; lost < 1000; lost++) contention.refused()
    expect(contention.refusals).toBe(1000)
  })

  it('names no prompt where it could be any', () => {
    const contention = new Contention(['p', 'q'], 0)
    for (let lost = 1; lost < 10; lost++) contention.refused()
    expect(() => contention.refused()).toThrow('One of 2 prompts was changed')
  })
})

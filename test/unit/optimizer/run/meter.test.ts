import { expect, it } from 'vitest'
import { Meter } from '../../../../src/optimizer/run/meter.js'

it('a meter ends a search while there is enough left for the proof, by what the ledger has counted', () => {
  const ledger = { asked: { retries: 0, tokens: 15, money: 1 } }
  const meter = new Meter({ tokens: 100, money: 25 }, ledger)
  meter.keep({ tokens: 85, money: 24 })
  expect(meter.refusal).toBeUndefined()
  expect(() => meter.keep({ tokens: 86, money: 0 })).toThrow(/100 tokens is kept for the proof/)
  ledger.asked = { retries: 2, tokens: 15, money: 11 }
  expect(() => meter.keep({ tokens: 0, money: 15 })).toThrow(
    expect.objectContaining({ code: 'OPT-BUDGET-001' }),
  )
  expect(meter.refusal).toContain('25 money')
})

import { expect, it } from 'vitest'
import { Meter } from '../../../../src/optimizer/run/meter.js'
import { answeringModel } from '../../../support/chat-model.js'

it('a meter counts answers, and ends a search while there is enough left for the proof', async () => {
  const prices = { answering: { prompt_per_million: 1_000_000, completion_per_million: 0 } }
  const meter = new Meter({ tokens: 100, money: 25 }, prices)
  const model = meter.model(answeringModel(() => 'yes'))
  expect(model.name).toBe('answering')
  await model.complete({ model: 'answering', messages: [{ role: 'user', content: 'x' }] })
  meter.add({ tokens: 5, money: 1 })
  // 10 and 5 tokens, and 10 in money, were those of the answer.
  meter.keep({ tokens: 80, money: 14 })
  expect(meter.refusal).toBeUndefined()
  expect(() => meter.keep({ tokens: 81, money: 0 })).toThrow(/100 tokens is kept for the proof/)
  expect(() => meter.keep({ tokens: 0, money: 15 })).toThrow(
    expect.objectContaining({ code: 'OPT-BUDGET-001' }),
  )
  expect(meter.refusal).toContain('25 money')
})

import { describe, expect, it } from 'vitest'
import { Budget } from '../../../../src/optimizer/ledger/budget.js'
import { chatCost, chatWorstCase } from '../../../../src/optimizer/ledger/chat-cost.js'

const prices = { small: { prompt_per_million: 1, completion_per_million: 2 } }
const request = {
  model: 'small',
  messages: [{ role: 'user', content: '中文' }],
  max_tokens: 100,
} as const

describe('the most that a request can cost', () => {
  it('is a token for each byte, what templates add, and the longest answer', () => {
    // 6 bytes of text, 4 of the role, 16 for the message and 16 for the whole.
    expect(chatWorstCase(request, new Budget({ tokens: 1000 }), {})).toEqual({
      tokens: 142,
      money: 0,
    })
    expect(chatWorstCase(request, new Budget({ money: 1 }), prices).money).toBeCloseTo(242e-6, 12)
  })

  it('has to be known where it counts', () => {
    const { max_tokens: _, ...endless } = request
    expect(() => chatWorstCase(endless, new Budget({ tokens: 1000 }), {})).toThrow(/"max_tokens"/)
    expect(chatWorstCase(endless, new Budget({ calls: 5 }), {})).toEqual({ tokens: 0, money: 0 })
    expect(() => chatWorstCase(request, new Budget({ money: 1 }), {})).toThrow(/"prices".*small/)
  })
})

it('the cost of an answer is what the endpoint reports, if it does', () => {
  const answer = { text: 'x', finish_reason: 'stop', model: 'small' }
  const usage = { prompt_tokens: 10, completion_tokens: 5 }
  expect(chatCost(request, { ...answer, usage }, prices)).toEqual({ tokens: 15, money: 20e-6 })
  expect(chatCost(request, answer, prices)).toBeUndefined()
})

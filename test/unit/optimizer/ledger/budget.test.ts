import { describe, expect, it } from 'vitest'
import {
  Budget,
  checkLimits,
  checkPrices,
  moneyFor,
  overBudget,
} from '../../../../src/optimizer/ledger/budget.js'

const cost = (tokens: number, money = 0): { tokens: number; money: number } => ({ tokens, money })

describe('a budget', () => {
  it('refuses what could exceed it, and names the limit', () => {
    const budget = new Budget({ calls: 10, tokens: 100 })
    budget.reserve(cost(60), 0)
    expect(() => budget.reserve(cost(41), 0)).toThrow(
      expect.objectContaining({
        code: 'OPT-BUDGET-001',
        context: { budget: 'tokens', limit: 100, spent: 60, needed: 41 },
      }),
    )
    budget.reserve(cost(40), 0)
    expect(budget.spent).toMatchObject({ calls: 2, tokens: 100 })
  })

  it('releases what a request did not take', () => {
    const budget = new Budget({ tokens: 100, money: 1 })
    budget.reserve(cost(90, 0.9), 0)
    budget.settle(cost(90, 0.9), cost(10, 0.1))
    budget.reserve(cost(90, 0.9), 0)
    expect(budget.spent.tokens).toBe(100)
    expect(() => budget.reserve(cost(0, 0.1), 0)).toThrow(/money/)
  })

  it('reserves a request again at what its failure has cost, or leaves all as it was', () => {
    const budget = new Budget({ tokens: 25 })
    budget.reserve({ tokens: 10, money: 0 }, 0)
    expect(budget.reserveAgain({ tokens: 10, money: 0 }, { tokens: 10, money: 0 }, 1)).toBe(true)
    expect(budget.spent).toMatchObject({ calls: 2, tokens: 20 })
    expect(budget.reserveAgain({ tokens: 10, money: 0 }, { tokens: 10, money: 0 }, 1)).toBe(false)
    expect(budget.spent).toMatchObject({ calls: 2, tokens: 20 })
    expect(budget.reserveAgain({ tokens: 10, money: 0 }, { tokens: 0, money: 0 }, 1)).toBe(true)
    expect(budget.spent).toMatchObject({ calls: 3, tokens: 20 })
  })

  it('counts calls, and time that has passed', () => {
    const budget = new Budget({ calls: 1, seconds: 5 })
    expect(() => budget.reserve(cost(0), 5)).toThrow(/5 seconds/)
    budget.reserve(cost(0), 4.9)
    expect(() => budget.reserve(cost(0), 4.9)).toThrow(/calls/)
    expect(budget.needsWorstCase).toBe(false)
    expect(new Budget({ money: 1 }).needsWorstCase).toBe(true)
  })

  it('has limits that are checked by name', () => {
    expect(checkLimits(undefined)).toEqual({})
    expect(checkLimits({ calls: 5, tokens: undefined })).toEqual({ calls: 5 })
    expect(() => checkLimits({ tokkens: 5 } as never)).toThrow(/did you mean "tokens"/)
    expect(() => checkLimits({ calls: -1 })).toThrow(/"budget.calls"/)
  })
})

it('prices are for a million tokens', () => {
  const price = { prompt_per_million: 2, completion_per_million: 10 }
  expect(moneyFor(price, { prompt_tokens: 500_000, completion_tokens: 100_000 })).toBe(2)
  expect(moneyFor(undefined, { prompt_tokens: 1, completion_tokens: 1 })).toBe(0)
  expect(checkPrices({ small: price })).toEqual({ small: price })
  expect(() => checkPrices({ small: { ...price, prompt_per_million: -1 } })).toThrow(/prices.small/)
  expect(() => checkPrices({ small: null as never })).toThrow(TypeError)
})

it('the error of a spent budget says what is left to do about it', () => {
  expect(overBudget('calls', { limit: 5, spent: 5, needed: 1 }).message).toBe(
    'The next request could take 1 calls; 5 of 5 are spent or reserved',
  )
})

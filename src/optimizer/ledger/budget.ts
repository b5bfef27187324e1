import { isHoldfastError } from '../../base/errors.js'
import { wrongArgument } from '../../base/misuse.js'
import { number, rejectUnknown } from '../../base/options.js'
import { codeOf } from '../../base/values.js'
import { ExperimentError } from '../experiment-error.js'
import type { BudgetLimits, Cost } from './ledger-entry.js'

const KINDS = ['calls', 'tokens', 'money', 'seconds'] as const
type Kind = (typeof KINDS)[number]

/** @throws TypeError or RangeError that names the limit */
export function checkLimits(given: BudgetLimits | undefined): BudgetLimits {
  rejectUnknown(given, KINDS, 'option "budget"')
  const limits = Object.entries(given ?? {}).filter(([, limit]) => limit !== undefined)
  for (const [kind, limit] of limits) number(0, Number.MAX_SAFE_INTEGER)(`budget.${kind}`, limit)
  return Object.freeze(Object.fromEntries(limits))
}

/**
 * What a run has spent and what its requests under way may still cost. A request is sent only if the budget holds even
 * if it costs the most that it can, so no limit is ever exceeded.
 */
export class Budget {
  readonly limits: BudgetLimits
  readonly #spent: Record<Kind, number> = { calls: 0, tokens: 0, money: 0, seconds: 0 }

  constructor(limits: BudgetLimits) {
    this.limits = limits
  }

  /** Whether the most that a request can cost has to be known. */
  get needsWorstCase(): boolean {
    return this.limits.tokens !== undefined || this.limits.money !== undefined
  }

  /** Spent and reserved. */
  get spent(): Readonly<Record<Kind, number>> {
    return { ...this.#spent }
  }

  /** Counts what was spent before: in an earlier process. */
  add(cost: Cost, calls: number): void {
    this.#spent.calls += calls
    this.#spent.tokens += cost.tokens
    this.#spent.money += cost.money
  }

  /**
   * Reserves one call with its cost.
   * @param elapsedSeconds the time of the run so far
   * @throws ExperimentError OPT-BUDGET-001 that names the limit; then nothing is reserved
   */
  reserve(worstCase: Cost, elapsedSeconds: number): void {
    this.#spent.seconds = elapsedSeconds
    const needed: Readonly<Record<Kind, number>> = { calls: 1, seconds: 0, ...worstCase }
    for (const kind of KINDS) {
      const limit = this.limits[kind]
      const spent = this.#spent[kind]
      const isOver =
        kind === 'seconds'
          ? spent >= (limit ?? Infinity)
          : spent + needed[kind] > (limit ?? Infinity)
      if (isOver) throw overBudget(kind, { limit: limit ?? 0, spent, needed: needed[kind] })
    }
    this.add(worstCase, 1)
  }

  /** A reserved request has cost this. */
  settle(worstCase: Cost, cost: Cost): void {
    this.#spent.tokens += cost.tokens - worstCase.tokens
    this.#spent.money += cost.money - worstCase.money
  }

  /**
   * Settles a reserved request that has failed, and reserves it once more.
   * @returns false if the budget does not pay for that: then nothing has changed
   */
  reserveAgain(worstCase: Cost, failedCost: Cost, elapsedSeconds: number): boolean {
    this.settle(worstCase, failedCost)
    try {
      this.reserve(worstCase, elapsedSeconds)
      return true
    } catch (error) {
      this.settle(failedCost, worstCase)
      if (codeOf(error) !== 'OPT-BUDGET-001') throw error
      return false
    }
  }
}

/** The error of a request that a budget does not pay for. @param why the sentence, if it is not the usual one */
export function overBudget(
  budget: Kind,
  facts: { readonly limit: number; readonly spent: number; readonly needed: number },
  why?: string,
): ExperimentError {
  const { limit, spent, needed } = facts
  const text =
    why ??
    (budget === 'seconds'
      ? `The budget of ${limit} seconds is spent`
      : `The next request could take ${needed} ${budget}; ${spent} of ${limit} are spent or reserved`)
  return new ExperimentError('OPT-BUDGET-001', text, { context: { budget, ...facts } })
}

/** What a budget says of a request that it does not pay for. */
export interface BudgetFacts {
  readonly budget: Kind
  readonly limit: number
  readonly spent: number
  readonly needed: number
}

/** The facts of an error of `overBudget`; undefined for any other error. */
export function budgetFacts(error: unknown): BudgetFacts | undefined {
  if (!isHoldfastError(error) || error.code !== 'OPT-BUDGET-001') return undefined
  const { budget, limit, spent, needed } = error.context
  const kind = KINDS.find((each) => each === budget)
  const isOfLedger = [limit, spent, needed].every((each) => typeof each === 'number')
  if (kind === undefined || !isOfLedger) return undefined
  return { budget: kind, limit, spent, needed } as BudgetFacts
}

/** What a model costs for a million tokens, in any one currency. */
export interface Price {
  readonly prompt_per_million: number
  readonly completion_per_million: number
}

const PER_MILLION = 1_000_000

/** @throws TypeError when there is no price, though there is a budget in money */
export function moneyFor(
  price: Price | undefined,
  usage: { readonly prompt_tokens: number; readonly completion_tokens: number },
): number {
  if (price === undefined) return 0
  const { prompt_per_million: prompt, completion_per_million: completion } = price
  return (usage.prompt_tokens * prompt + usage.completion_tokens * completion) / PER_MILLION
}

/** @throws TypeError or RangeError that names the price */
export function checkPrices(
  given: Readonly<Record<string, Price>>,
): Readonly<Record<string, Price>> {
  for (const [model, price] of Object.entries(given)) {
    if (typeof price !== 'object' || price === null)
      throw wrongArgument(`Option "prices.${model}" must be an object with two prices`)
    const known = ['prompt_per_million', 'completion_per_million'] as const
    rejectUnknown(price, known, `option "prices.${model}"`)
    for (const name of known) number(0, 1e9)(`prices.${model}.${name}`, price[name])
  }
  return given
}

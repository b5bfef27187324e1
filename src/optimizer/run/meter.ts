import type { Price } from '../ledger/budget.js'
import { Budget } from '../ledger/budget.js'
import { chatCost, chatWorstCase } from '../ledger/chat-cost.js'
import type { BudgetLimits, Cost } from '../ledger/ledger-entry.js'
import type { ChatModel } from '../llm/chat-model.js'
import { ExperimentError } from '../experiment-error.js'

/**
 * Counts what a search has spent, by its answers alone: a run that is resumed counts the same, since recorded answers
 * count again. By that, tokens and money are left for the proof.
 */
export class Meter {
  readonly #limits: BudgetLimits
  readonly #prices: Readonly<Record<string, Price>>
  readonly #unlimited = new Budget({ tokens: Number.MAX_SAFE_INTEGER })
  #spent: Cost = { tokens: 0, money: 0 }
  /** Why the search was ended, in a sentence. */
  refusal: string | undefined

  constructor(limits: BudgetLimits, prices: Readonly<Record<string, Price>>) {
    this.#limits = limits
    this.#prices = prices
  }

  add({ tokens, money }: Cost): void {
    this.#spent = { tokens: this.#spent.tokens + tokens, money: this.#spent.money + money }
  }

  /** The model, each of whose answers is counted. */
  model(model: ChatModel): ChatModel {
    return {
      name: model.name,
      complete: async (request, options) => {
        const answer = await model.complete(request, options)
        this.add(
          chatCost(request, answer, this.#prices) ??
            chatWorstCase(request, this.#unlimited, this.#prices),
        )
        return answer
      },
    }
  }

  /**
   * Ends a search while there is enough left.
   * @param needed what the next step and the proof can cost at most
   * @throws ExperimentError OPT-BUDGET-001 that names the budget
   */
  keep(needed: Cost): void {
    for (const kind of ['tokens', 'money'] as const) {
      const limit = this.#limits[kind]
      if (limit === undefined || this.#spent[kind] + needed[kind] <= limit) continue
      this.refusal = `What is left of ${limit} ${kind} is kept for the proof`
      const facts = { limit, spent: this.#spent[kind], needed: needed[kind] }
      throw new ExperimentError('OPT-BUDGET-001', this.refusal, {
        context: { budget: kind, ...facts },
      })
    }
  }
}

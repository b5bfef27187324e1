import { overBudget } from '../ledger/budget.js'
import type { BudgetLimits, Cost } from '../ledger/ledger-entry.js'
import type { Ledger } from '../ledger/ledger.js'

/**
 * Keeps tokens and money for the proof. It counts what the ledger has recorded of the requests so far, retries after
 * temporary failures included: a run that is resumed counts the same, since recorded answers count again.
 */
export class Meter {
  readonly #limits: BudgetLimits
  readonly #ledger: Pick<Ledger, 'asked'>
  /** Why the search was ended, in a sentence. */
  refusal: string | undefined

  constructor(limits: BudgetLimits, ledger: Pick<Ledger, 'asked'>) {
    this.#limits = limits
    this.#ledger = ledger
  }

  /**
   * Ends a search while there is enough left.
   * @param needed what the next step and the proof can cost at most
   * @throws ExperimentError OPT-BUDGET-001 that names the budget
   */
  keep(needed: Cost): void {
    const spent = this.#ledger.asked
    for (const kind of ['tokens', 'money'] as const) {
      const limit = this.#limits[kind]
      if (limit === undefined || spent[kind] + needed[kind] <= limit) continue
      this.refusal = `What is left of ${limit} ${kind} is kept for the proof`
      throw overBudget(kind, { limit, spent: spent[kind], needed: needed[kind] }, this.refusal)
    }
  }
}

import type { Case, Evaluator } from '../evaluation/case.js'
import type { Cost } from '../ledger/ledger-entry.js'
import type { Ledger } from '../ledger/ledger.js'
import type { Candidate } from '../search/candidate.js'
import type { Evaluate } from '../search/search-types.js'
import type { RunPrompt } from './run-prompts.js'

/** What runs candidates. */
export interface RunTarget {
  /** What it is, for reports: `model NAME`, `dify APP`. */
  readonly name: string
  /** The prompts that it can run with other texts. */
  readonly possible: readonly RunPrompt[]
  /** @throws TypeError for a case that it cannot run with the present texts */
  readonly check: (testCase: Case) => void
  /** The most that one run can cost; undefined if that is not known. */
  readonly worstCase: (candidate: Candidate, testCase: Case) => Cost | undefined
  /** How candidates are run, through the ledger. */
  readonly evaluate: (ledger: Ledger, evaluator: Evaluator) => Evaluate
}

import type { JsonValue } from '../../document/json.js'
import type { LedgerReport } from '../ledger/ledger-state.js'
import type { ExperimentPlan } from '../search/experiment.js'
import type { Proof, Verdict } from '../search/proof-types.js'
import type { SearchResult } from '../search/search-types.js'

/** What a run came to. `budget_spent`: the budget ended before the proof did. */
export type RunVerdict = Verdict | 'budget_spent'

/** The present text and the best one of a prompt. */
export interface ReportedPrompt {
  readonly prompt_id: string
  readonly pointer: string
  readonly node_id: string | null
  readonly node_title: string | null
  readonly line: number
  readonly syntax: string
  readonly before: string
  /** The same where the run found no better one. */
  readonly after: string
  readonly changed: boolean
}

/** One held-out case, run with the present texts and with the best ones. */
export interface ReportedCase {
  readonly case_id: string
  readonly inputs: Readonly<Record<string, JsonValue>>
  readonly expected: JsonValue | null
  readonly baseline: ReportedOutcome
  readonly winner: ReportedOutcome
}

export interface ReportedOutcome {
  readonly score: number
  readonly outputs: JsonValue
  readonly feedback: string
  /** Which nodes ran, and what they returned; empty for a target that is one model. */
  readonly nodes: readonly { readonly node_id: string; readonly outputs: JsonValue }[]
}

/**
 * What a run has found. It depends on the definition of the run and on the recorded answers alone: a replay gives the
 * same, byte for byte.
 */
export interface RunReport {
  readonly format: 1
  readonly run: string
  readonly verdict: RunVerdict
  /** Which budget ended the run, in a sentence; null if none did. */
  readonly stopped_by: string | null
  readonly workflow: {
    readonly file: string
    readonly name: string
    readonly mode: string | null
    readonly digest: string
  }
  /** What ran. */
  readonly target: string
  readonly models: {
    readonly proposer: string
    readonly target: string
    readonly judge: string | null
  }
  readonly evaluators: readonly string[]
  readonly plan: ExperimentPlan
  /** null: not even the present texts could be run within the budget. */
  readonly search: Omit<SearchResult, 'pool'> | null
  /** How the best score on the validation set rose: each accepted candidate with the number of calls until then. */
  readonly progress: readonly { readonly calls: number; readonly best_score: number }[]
  /** null: nothing was found that scores better on the validation set, or the budget ended before. */
  readonly proof: Proof | null
  readonly prompts: readonly ReportedPrompt[]
  /** The held-out cases that improved most, and those that got worse most. */
  readonly wins: readonly ReportedCase[]
  readonly losses: readonly ReportedCase[]
  readonly ledger: LedgerReport
  readonly notes: readonly string[]
}

import type { Case } from '../evaluation/case.js'
import type { TextSyntax } from '../../dify/workflow/carriers.js'
import type { Candidate, CaseOutcome } from './candidate.js'

/** The algorithms, all in one harness with one budget. docs/optimizer-search.md describes them. */
export const SEARCH_ALGORITHMS = ['reflective', 'hill-climb', 'opro', 'random'] as const
export type SearchAlgorithm = (typeof SEARCH_ALGORITHMS)[number]

/** Which of several equal runs it is: part of the identity of each request. */
export interface EvaluateOptions {
  /** From 0; the same case is run again to average over a model's randomness. */
  readonly repeat: number
  /** From 0; higher after an error. */
  readonly attempt: number
  readonly signal: AbortSignal
}

/**
 * Runs the whole workflow with the texts of a candidate on one case, and scores it. A failed run is an outcome with an
 * error. What it throws ends the search, except OPT-BUDGET-001, which stops it with the best candidate so far.
 */
export type Evaluate = (
  candidate: Candidate,
  testCase: Case,
  options: EvaluateOptions,
) => Promise<CaseOutcome>

/** A text that was tried for a prompt. */
export interface TriedText {
  readonly text: string
  /** Its mean score on the validation set. */
  readonly score: number
}

/** What a proposer knows. */
export interface ProposalRequest {
  readonly prompt_id: string
  /** The present text. */
  readonly text: string
  /** All texts of the candidate. */
  readonly candidate: Candidate
  /** What became of train cases with this candidate; none for algorithms without feedback. */
  readonly examples: readonly CaseOutcome[]
  /** Texts that were tried, the worst first; none for algorithms without a history. */
  readonly history: readonly TriedText[]
  readonly signal: AbortSignal
}

/** Proposes another text for one prompt. What it throws is a failed proposal, except OPT-BUDGET-001 and the like. */
export interface Proposer {
  readonly name: string
  propose(request: ProposalRequest): Promise<string>
}

/** What a search did; each is passed to `onEvent` when it happens. */
export type SearchEvent =
  | { readonly type: 'seed'; readonly score: number; readonly calls: number }
  | { readonly type: 'refused'; readonly prompt_id: string; readonly reasons: readonly string[] }
  | { readonly type: 'failed'; readonly prompt_id: string; readonly code: string }
  | { readonly type: 'duplicate'; readonly prompt_id: string }
  | { readonly type: 'rejected'; readonly origin: Origin; readonly prompt_ids: readonly string[] }
  | {
      readonly type: 'accepted'
      readonly origin: Origin
      readonly member: number
      readonly score: number
      readonly best_score: number
      readonly calls: number
    }

/** How a candidate came about. */
export type Origin = 'seed' | 'rewrite' | 'merge'

/** What a search needs. */
export interface SearchOptions {
  /** 'reflective' by default if the seed has several prompts, 'hill-climb' if it has one. */
  readonly algorithm?: SearchAlgorithm | undefined
  /** The texts to begin with, of all prompts. */
  readonly seed: Candidate
  /** The prompts that may change; all by default. */
  readonly prompts?: readonly string[] | undefined
  /** Cases whose runs proposers may see. */
  readonly train: readonly Case[]
  /** Cases that candidates are chosen by; no proposer sees them. */
  readonly validation: readonly Case[]
  /** One unit is one run of a case, or one proposal. */
  readonly budget: { readonly calls: number }
  readonly evaluate: Evaluate
  readonly proposer: Proposer
  /** How the text of each prompt is filled, which decides what a proposal must keep; 'basic' by default. */
  readonly syntaxes?: Readonly<Record<string, TextSyntax>> | undefined
  /** Decides every random choice; 0 by default. */
  readonly randomSeed?: string | number | undefined
  /** Train cases that a proposal learns from and is first compared on; 3 by default. */
  readonly minibatch?: number | undefined
  /** Runs of each case, whose mean is its score; 1 by default. */
  readonly repeats?: number | undefined
  /** How often a run that ends in an error is attempted; 2 by default. */
  readonly attempts?: number | undefined
  /** Most merges of two candidates; 5 by default. Only 'reflective' merges. */
  readonly merges?: number | undefined
  /** Runs at the same time; 4 by default. The result does not depend on it. */
  readonly concurrency?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: SearchEvent) => void) | undefined
  /**
   * How many calls were made beside runs and proposals so far, such as requests that were sent again after a temporary
   * failure (`ledger.asked.retries`): the budget pays for them. None by default.
   */
  readonly callsBeside?: (() => number) | undefined
}

/** One candidate that was evaluated on the validation set. */
export interface PoolMember {
  readonly member: number
  readonly origin: Origin
  /** The members that it was made from. */
  readonly parents: readonly number[]
  readonly changed: readonly string[]
  /** Its mean score on the validation cases that count. */
  readonly score: number
  /** Whether each of these cases has a score; only then can it be the best. */
  readonly complete: boolean
  readonly candidate: Candidate
}

/** What a search found. The fields have the same values whenever seed, cases and answers are the same. */
export interface SearchResult {
  readonly algorithm: SearchAlgorithm
  readonly proposer: string
  readonly random_seed: string | number
  readonly seed_score: number
  readonly best: PoolMember
  readonly pool: readonly PoolMember[]
  readonly stopped: 'budget' | 'perfect' | 'no_progress'
  readonly calls: {
    readonly budget: number
    readonly evaluations: number
    readonly proposals: number
  }
  readonly proposals: {
    readonly accepted: number
    /** Not better on the minibatch. */
    readonly rejected: number
    /** Lost, added or changed what must survive; reasons with how often each occurred. */
    readonly refused: number
    readonly refusals: Readonly<Record<string, number>>
    /** The same candidate was there before. */
    readonly duplicate: number
    /** The proposer had an error. */
    readonly failed: number
  }
  readonly merges: { readonly accepted: number; readonly rejected: number }
  readonly errors: {
    /** Runs that ended in an error, attempts included. */
    readonly runs: number
    /** Validation cases that count for nothing, since the seed has no score on them. */
    readonly unscored_cases: readonly string[]
  }
}

import type { Case } from '../evaluation/case.js'
import type { EffectInterval } from '../evaluation/effect-interval.js'
import type { Candidate } from './candidate.js'
import type { Evaluate } from './search-types.js'

/** What a proof needs. */
export interface ProofOptions {
  /** The texts as they are. */
  readonly baseline: Candidate
  /** What a search has found. */
  readonly winner: Candidate
  /** Cases that no search has seen. */
  readonly heldOut: readonly Case[]
  readonly evaluate: Evaluate
  /** Cases on which the winner must not score lower than the baseline; none by default. */
  readonly anchors?: readonly Case[] | undefined
  /** How much lower an anchor may score before it counts as worse; 0 by default. */
  readonly anchorTolerance?: number | undefined
  /** The level of the test, on both sides: 0.05 by default. A false gain is half as likely. */
  readonly alpha?: number | undefined
  /** The least mean gain that counts; 0.01 by default. */
  readonly minEffect?: number | undefined
  /** Whether each changed prompt is tested by itself, too: the winner against the winner without that change. */
  readonly perPrompt?: boolean | undefined
  /** Runs of each case; 1 by default. */
  readonly repeats?: number | undefined
  /** How often a run that ends in an error is attempted; 2 by default. */
  readonly attempts?: number | undefined
  /** Random assignments of signs, where there are too many for all; 19,999 by default. */
  readonly permutations?: number | undefined
  readonly randomSeed?: string | number | undefined
  /** Runs at the same time; 4 by default. */
  readonly concurrency?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * 'gain': significant, at least the minimum effect, and no anchor is worse. 'no_significant_gain': a result like any
 * other. 'regression': an anchor is worse. 'undecided': too many runs ended in errors, or an anchor has no score.
 */
export type Verdict = 'gain' | 'no_significant_gain' | 'regression' | 'undecided'

/** Two candidates on the same cases. */
export interface Comparison {
  readonly pairs: number
  readonly baseline_mean: number
  readonly winner_mean: number
  readonly effect: number
  readonly interval: EffectInterval
  readonly p_value: number
  readonly method: 'exact' | 'monte_carlo'
}

/** What one changed prompt contributes. */
export interface PromptContribution {
  readonly prompt_id: string
  readonly effect: number
  readonly p_value: number
  /** By Holm, over all changed prompts. */
  readonly adjusted_p_value: number
  readonly significant: boolean
}

/** What a proof found. */
export interface Proof extends Comparison {
  readonly verdict: Verdict
  readonly alpha: number
  readonly min_effect: number
  /** Held-out cases that count for nothing, since one of the two has no score. */
  readonly lost_pairs: number
  /** Empty unless `perPrompt` was asked for and the whole is a gain. */
  readonly prompts: readonly PromptContribution[]
  readonly anchors: {
    readonly checked: number
    readonly worse: readonly CasePair[]
    readonly unscored: readonly string[]
  }
  readonly cases: readonly CasePair[]
  readonly runs: number
}

/** The scores of both on one case. */
export interface CasePair {
  readonly case_id: string
  readonly baseline: number
  readonly winner: number
}

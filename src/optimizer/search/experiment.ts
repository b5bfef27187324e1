import { wrongArgument } from '../../base/misuse.js'
import type { Case } from '../evaluation/case.js'
import type { LedgerReport } from '../ledger/ledger-state.js'
import type { Ledger } from '../ledger/ledger.js'
import type { Proof, ProofOptions } from './proof-types.js'
import { proofRunsMax, prove } from './prove.js'
import { checkApart, checkSearchOptions } from './search-options.js'
import { search } from './search.js'
import type { SearchAlgorithm, SearchOptions, SearchResult } from './search-types.js'

/** A search and the proof of what it finds, within one budget. */
export interface ExperimentOptions extends SearchOptions {
  /** Cases that the search never sees. */
  readonly heldOut: readonly Case[]
  readonly anchors?: readonly Case[] | undefined
  readonly anchorTolerance?: number | undefined
  readonly alpha?: number | undefined
  readonly minEffect?: number | undefined
  readonly perPrompt?: boolean | undefined
  /** Whose report becomes a part of this one. The functions that make requests have to use it. */
  readonly ledger?: Ledger | undefined
}

/** What an experiment may do at most, before it does anything. */
export interface ExperimentPlan {
  readonly algorithm: SearchAlgorithm
  readonly proposer: string
  readonly prompts: readonly string[]
  readonly cases: {
    readonly train: number
    readonly validation: number
    readonly held_out: number
    readonly anchors: number
  }
  /** Runs and proposals. */
  readonly calls: {
    readonly total: number
    /** For the seed, before anything can be better. */
    readonly seed: number
    readonly search: number
    /** Set aside before the search begins, so that what it finds can be proven. */
    readonly proof: number
  }
}

/** What an experiment has found. It depends on options and answers alone, so a replay gives the same. */
export interface ExperimentReport {
  readonly plan: ExperimentPlan
  readonly search: SearchResult
  /** null: the search found nothing that is better than the seed on the validation set. */
  readonly proof: Proof | null
  /** null without a ledger. */
  readonly ledger: LedgerReport | null
}

/**
 * What an experiment may do at most: shown before the first call.
 * @throws TypeError or RangeError for wrong options, and for a budget that does not pay for the seed and the proof
 */
export function planExperiment(options: ExperimentOptions): ExperimentPlan {
  const { heldOut, anchors = [] } = options
  const checked = checkSearchOptions(searchOptionsOf(options))
  const { train, validation, repeats, calls } = checked
  checkApart({ train, validation, heldOut, anchors })
  const proof = proofRunsMax({ ...proofOptionsOf(options), baseline: checked.seed })
  const seed = validation.length * repeats
  if (proof + seed > calls)
    throw wrongArgument(
      `Option "budget.calls" is ${calls}: the seed takes ${seed}, and the proof up to ${proof}; a search needs more than both`,
    )
  return {
    algorithm: checked.algorithm,
    proposer: checked.proposer.name,
    prompts: checked.prompts,
    cases: {
      train: train.length,
      validation: validation.length,
      held_out: heldOut.length,
      anchors: anchors.length,
    },
    calls: { total: calls, seed, search: calls - proof, proof },
  }
}

/**
 * Searches with what the proof leaves of the budget, and proves what was found on the held-out cases.
 * @throws as `planExperiment`, `search` and `prove` do
 */
export async function runExperiment(given: ExperimentOptions): Promise<ExperimentReport> {
  const plan = planExperiment(given)
  // In order, a replay meets what a budget did not pay for before it asks for what was never begun behind that.
  const options = given.ledger?.isReplay === true ? { ...given, concurrency: 1 } : given
  const found = await search({
    ...searchOptionsOf(options),
    budget: { calls: plan.calls.search },
  })
  const isBetter = found.best.score > found.seed_score
  const proof = isBetter
    ? await prove({
        ...proofOptionsOf(options),
        baseline: options.seed,
        winner: found.best.candidate,
        evaluate: options.evaluate,
      })
    : null
  return { plan, search: found, proof, ledger: options.ledger?.report() ?? null }
}

/** Without what only the proof needs. */
function searchOptionsOf(options: ExperimentOptions): SearchOptions {
  const {
    heldOut: _,
    anchors,
    anchorTolerance,
    alpha,
    minEffect,
    perPrompt,
    ledger,
    ...rest
  } = options
  void [anchors, anchorTolerance, alpha, minEffect, perPrompt, ledger]
  return rest
}

function proofOptionsOf(
  options: ExperimentOptions,
): Omit<ProofOptions, 'baseline' | 'winner' | 'evaluate'> {
  const { heldOut, anchors, anchorTolerance, alpha, minEffect, perPrompt } = options
  const { repeats, attempts, randomSeed, concurrency, signal } = options
  return {
    heldOut,
    anchors,
    anchorTolerance,
    alpha,
    minEffect,
    perPrompt,
    repeats,
    attempts,
    randomSeed,
    concurrency,
    signal,
  }
}

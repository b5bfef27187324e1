import { codeOf, toError } from '../../base/values.js'
import type { Ledger } from '../ledger/ledger.js'
import { candidateDigest, type CaseOutcome } from '../search/candidate.js'
import type { ExperimentPlan } from '../search/experiment.js'
import { modelProposer } from '../search/model-proposer.js'
import type { Proof } from '../search/proof-types.js'
import { prove } from '../search/prove.js'
import { search } from '../search/search.js'
import type { Evaluate, Proposer, SearchEvent, SearchResult } from '../search/search-types.js'
import type { Candidate } from '../search/candidate.js'
import { ExperimentError } from '../experiment-error.js'
import { experimentPlan } from './plan-run.js'
import { Meter } from './meter.js'
import { evaluatorOfRun, experimentOptions, type PreparedRun } from './prepare-run.js'

/** What a search and its proof came to. */
export interface Findings {
  readonly plan: ExperimentPlan
  readonly search: SearchResult | undefined
  readonly proof: Proof | undefined
  /** Which budget ended it, in a sentence. */
  readonly stoppedBy: string | undefined
  /** The best score, and after how many calls it was found. */
  readonly progress: readonly { readonly calls: number; readonly best_score: number }[]
  /** The last outcome of a candidate on a case. */
  readonly outcomeOf: (candidate: Candidate, caseId: string) => CaseOutcome | undefined
}

/** How a run goes on, and where it is told. */
export interface ExperimentWay {
  readonly signal: AbortSignal
  readonly onEvent?: ((event: SearchEvent) => void) | undefined
}

/**
 * Searches within the budget, leaves enough of it for the proof, and proves what was found.
 * @throws ExperimentError OPT-EVAL-001 when no run has a score, with the last failure as its cause; OPT-REPLAY-001;
 * OPT-LEDGER-002; what the storage throws; the signal's reason
 */
export async function findAndProve(
  run: PreparedRun,
  ledger: Ledger,
  { signal, onEvent }: ExperimentWay,
): Promise<Findings> {
  const plan = experimentPlan(run)
  const { evaluate, proposer, outcomes, meter } = requestsOf(run, ledger, plan)
  const progress: { calls: number; best_score: number }[] = []
  const asOptions = experimentOptions(run)
  // In order, a replay meets what a budget did not pay for before it asks for what was never begun behind that.
  const concurrency = ledger.isReplay ? 1 : asOptions.concurrency
  const options = { ...asOptions, evaluate, signal, concurrency }
  const partial = { plan, progress, outcomeOf: outcomes.of }
  let found: SearchResult | undefined
  try {
    const { heldOut, anchors, anchorTolerance, alpha, minEffect, perPrompt, ...searching } = options
    found = await search({
      ...searching,
      proposer,
      budget: { calls: plan.calls.search },
      callsBeside: () => ledger.asked.retries,
      onEvent: (event) => {
        if (event.type === 'seed') progress.push({ calls: event.calls, best_score: event.score })
        if (event.type === 'accepted')
          progress.push({ calls: event.calls, best_score: event.best_score })
        onEvent?.(event)
      },
    })
    const isBetter = found.best.score > found.seed_score
    // A search that could not ask for anything has found nothing, which says nothing about the texts.
    const stoppedBy = outcomes.proposals === 0 ? meter.refusal : undefined
    if (!isBetter) return { ...partial, search: found, proof: undefined, stoppedBy }
    const { attempts, repeats, randomSeed } = options
    const proof = await prove({
      baseline: run.seed,
      winner: found.best.candidate,
      heldOut,
      evaluate,
      anchors,
      anchorTolerance,
      alpha,
      minEffect,
      perPrompt,
      attempts,
      repeats,
      randomSeed,
      concurrency,
      signal,
    })
    return { ...partial, search: found, proof, stoppedBy: undefined }
  } catch (error) {
    signal.throwIfAborted()
    if (codeOf(error) === 'OPT-EVAL-001') throw withCause(error, outcomes.lastFailure())
    if (codeOf(error) !== 'OPT-BUDGET-001') throw error
    return { ...partial, search: found, proof: undefined, stoppedBy: toError(error).message }
  }
}

interface Requests {
  readonly evaluate: Evaluate
  readonly proposer: Proposer
  readonly outcomes: Outcomes
  readonly meter: Meter
}

/** What makes requests: all through the ledger. */
function requestsOf(run: PreparedRun, ledger: Ledger, plan: ExperimentPlan): Requests {
  const { definition, target, judge } = run
  const { budget, proposer: asked } = definition.config
  const meter = new Meter(budget, ledger)
  const judged = judge === undefined ? undefined : ledger.model(judge)
  const inner = target.evaluate(ledger, evaluatorOfRun(definition, judged))
  const outcomes = new Outcomes()
  const rewriting = modelProposer(ledger.model(run.proposer), {
    task: definition.config.task,
    temperature: asked.temperature,
    maxTokens: asked.max_tokens,
  })
  return {
    outcomes,
    meter,
    evaluate: async (candidate, testCase, options) => {
      const outcome = await inner(candidate, testCase, options)
      outcomes.add(candidate, outcome)
      return outcome
    },
    proposer: {
      name: rewriting.name,
      propose: async (request) => {
        meter.keep(neededFor(run, plan, request.candidate))
        outcomes.proposals++
        return await rewriting.propose(request)
      },
    },
  }
}

/** A proposal shows a few runs, each cut to this many characters for each of its parts. */
const BYTES_OF_EXAMPLE = 12_000
const BYTES_OF_RULES = 4000

/** What a round of the search and the proof after it can cost: with texts that may have grown to twice their size. */
function neededFor(
  { definition, target, proposer }: PreparedRun,
  { calls, cases: counts }: ExperimentPlan,
  candidate: Candidate,
): { readonly tokens: number; readonly money: number } {
  const { config, cases } = definition
  const { minibatch = 3, repeats = 1, attempts = 2 } = config.search
  const grown = Object.fromEntries(Object.entries(candidate).map(([id, text]) => [id, text + text]))
  const worst = [...cases.validation, ...cases.held_out, ...cases.train].map(
    (each) => target.worstCase(grown, each) ?? { tokens: 0, money: 0 },
  )
  const runs = (minibatch + counts.validation) * repeats * attempts + calls.proof
  const texts = Buffer.byteLength(JSON.stringify(grown))
  const proposal = texts + minibatch * BYTES_OF_EXAMPLE + BYTES_OF_RULES
  const price = Object.values(config.models).find(({ model }) => model === proposer.name)?.price
  const perMillion = price === undefined ? 0 : price.prompt_per_million * proposal
  const answer = config.proposer.max_tokens
  return {
    tokens: runs * most(worst, 'tokens') + proposal + answer,
    money:
      runs * most(worst, 'money') +
      (perMillion + (price?.completion_per_million ?? 0) * answer) / 1_000_000,
  }
}

function most(
  costs: readonly { readonly tokens: number; readonly money: number }[],
  kind: 'tokens' | 'money',
): number {
  return costs.reduce((highest, cost) => Math.max(highest, cost[kind]), 0)
}

/** What became of cases, for the report. */
class Outcomes {
  readonly #known = new Map<string, CaseOutcome>()
  #failure: CaseOutcome['error']
  /** How many proposals were asked for. */
  proposals = 0

  add(candidate: Candidate, outcome: CaseOutcome): void {
    this.#known.set(`${candidateDigest(candidate)} ${outcome.case_id}`, outcome)
    this.#failure = outcome.error ?? this.#failure
  }

  readonly of = (candidate: Candidate, caseId: string): CaseOutcome | undefined =>
    this.#known.get(`${candidateDigest(candidate)} ${caseId}`)

  lastFailure(): CaseOutcome['error'] {
    return this.#failure
  }
}

/** That nothing has a score says little without the reason. */
function withCause(error: unknown, failure: CaseOutcome['error']): unknown {
  if (failure === undefined) return error
  const { code, message } = failure
  return new ExperimentError(
    'OPT-EVAL-001',
    `${toError(error).message}; the last failure was ${code}: ${message}`,
    { cause: error, context: { failure: code } },
  )
}

import { mapLimited } from '../../base/map-limited.js'
import { option, resolveOptions, type OptionTable } from '../../base/option-table.js'
import { flag, integer, number, rejectUnknown } from '../../base/options.js'
import type { Case } from '../evaluation/case.js'
import { effectInterval, meanOf } from '../evaluation/effect-interval.js'
import { holm } from '../evaluation/holm.js'
import { permutationTest } from '../evaluation/permutation-test.js'
import { changedPrompts, type Candidate, type CaseOutcome } from './candidate.js'
import { scoresOf } from './harness.js'
import type { Scores } from './pareto-front.js'
import { checkApart, checkCases, randomSeedOption, signalOption } from './search-options.js'
import type {
  CasePair,
  Comparison,
  Proof,
  ProofOptions,
  PromptContribution,
  Verdict,
} from './proof-types.js'
import type { Evaluate } from './search-types.js'

interface Settings {
  readonly anchorTolerance: number
  readonly alpha: number
  readonly minEffect: number
  readonly perPrompt: boolean
  readonly repeats: number
  readonly attempts: number
  readonly permutations: number
  readonly concurrency: number
}

const SETTINGS: OptionTable<Settings> = {
  anchorTolerance: option(0, number(0, 1)),
  alpha: option(0.05, number(0.000_001, 0.5)),
  minEffect: option(0.01, number(0, 1)),
  perPrompt: option(false, flag),
  repeats: option(1, integer(1, 100)),
  attempts: option(2, integer(1, 10)),
  permutations: option(19_999, integer(99, 10_000_000)),
  concurrency: option(4, integer(1, 256)),
}
const KNOWN = [
  ...Object.keys(SETTINGS),
  'baseline',
  'winner',
  'heldOut',
  'evaluate',
  'anchors',
  'randomSeed',
  'signal',
]

/** Means of the same scores differ by less, if they were added in another order. */
const ROUNDING = 1e-12

/** If more of the held-out pairs have no score than this, nothing is decided. */
const LOST_SHARE_MAX = 0.2

/**
 * Tests whether a winner is better than the baseline, on cases that no search has seen: a paired permutation test of
 * two sides, and a minimum effect. If the whole is a gain, each changed prompt can be tested by itself, by Holm; since the
 * whole is tested first, the chance of any false claim stays at `alpha`.
 *
 * @throws TypeError or RangeError for a wrong option, and for a case that is both held out and an anchor; what
 * `evaluate` throws
 */
export async function prove(options: ProofOptions): Promise<Proof> {
  rejectUnknown(options, KNOWN, 'prove')
  const settings = resolveOptions(SETTINGS, options)
  const { baseline, winner, heldOut, anchors = [] } = options
  checkCases('heldOut', heldOut)
  if (anchors.length > 0) checkCases('anchors', anchors)
  checkApart({ heldOut, anchors })
  const seed = randomSeedOption(options.randomSeed)
  const runner = new Runner(options, settings)
  const [[before, after], [anchorsBefore, anchorsAfter]] = [
    await runner.both(baseline, winner, heldOut),
    await runner.both(baseline, winner, anchors),
  ]
  const cases = pairsOf(heldOut, before, after)
  const comparison = compare(cases, settings, seed)
  const lost = heldOut.length - cases.length
  const anchored = anchorsOf(anchors, anchorsBefore, anchorsAfter, settings.anchorTolerance)
  const verdict = verdictOf(comparison, anchored, { ...settings, lost, total: heldOut.length })
  const prompts =
    settings.perPrompt && verdict === 'gain'
      ? await contributions(options, runner, { settings, after, seed })
      : []
  return {
    verdict,
    ...comparison,
    alpha: settings.alpha,
    min_effect: settings.minEffect,
    lost_pairs: lost,
    prompts,
    anchors: anchored,
    cases,
    runs: runner.runs,
  }
}

/** Most runs that a proof may make, its attempts after errors included. */
export function proofRunsMax(options: Omit<ProofOptions, 'evaluate' | 'winner'>): number {
  const settings = resolveOptions(SETTINGS, options)
  const { baseline, heldOut, anchors = [] } = options
  const prompts = settings.perPrompt ? Object.keys(baseline).length : 0
  const candidates = 2 * (heldOut.length + anchors.length) + prompts * heldOut.length
  return candidates * settings.repeats * settings.attempts
}

class Runner {
  readonly #evaluate: Evaluate
  readonly #settings: Settings
  readonly #signal: AbortSignal
  runs = 0

  constructor({ evaluate, signal }: ProofOptions, settings: Settings) {
    this.#evaluate = evaluate
    this.#settings = settings
    this.#signal = signalOption(signal)
  }

  /** The scores of two candidates; the runs of both on a case follow each other, so that both meet the same weather. */
  async both(
    baseline: Candidate,
    winner: Candidate,
    cases: readonly Case[],
  ): Promise<readonly [Scores, Scores]> {
    const { repeats, concurrency } = this.#settings
    const runs = cases.flatMap((testCase) =>
      Array.from({ length: repeats }, (_, repeat) => ({ testCase, repeat })),
    )
    const outcomes = await mapLimited(
      runs,
      concurrency,
      async ({ testCase, repeat }) =>
        [
          await this.run(baseline, testCase, repeat),
          await this.run(winner, testCase, repeat),
        ] as const,
      this.#signal,
    )
    return [scoresOf(outcomes.map(([one]) => one)), scoresOf(outcomes.map(([, other]) => other))]
  }

  async scores(candidate: Candidate, cases: readonly Case[]): Promise<Scores> {
    const { repeats, concurrency } = this.#settings
    const runs = cases.flatMap((testCase) =>
      Array.from({ length: repeats }, (_, repeat) => ({ testCase, repeat })),
    )
    const run = async ({ testCase, repeat }: (typeof runs)[number]): Promise<CaseOutcome> =>
      await this.run(candidate, testCase, repeat)
    return scoresOf(await mapLimited(runs, concurrency, run, this.#signal))
  }

  async run(candidate: Candidate, testCase: Case, repeat: number): Promise<CaseOutcome> {
    for (let attempt = 0; ; attempt++) {
      this.runs++
      const signal = this.#signal
      const outcome = await this.#evaluate(candidate, testCase, { repeat, attempt, signal })
      if (outcome.error === undefined || attempt + 1 >= this.#settings.attempts) return outcome
    }
  }
}

function pairsOf(cases: readonly Case[], before: Scores, after: Scores): CasePair[] {
  return cases.flatMap(({ id }) => {
    const [baseline, winner] = [before.get(id), after.get(id)]
    if (baseline === undefined || winner === undefined) return []
    return [{ case_id: id, baseline, winner }]
  })
}

function compare(
  pairs: readonly CasePair[],
  { alpha, permutations }: Settings,
  seed: string | number,
): Comparison {
  const differences = pairs.map(({ baseline, winner }) => {
    const difference = winner - baseline
    return Math.abs(difference) < ROUNDING ? 0 : difference
  })
  const test = permutationTest(differences, { permutations, seed })
  return {
    pairs: pairs.length,
    baseline_mean: meanOf(pairs.map(({ baseline }) => baseline)),
    winner_mean: meanOf(pairs.map(({ winner }) => winner)),
    effect: test.effect,
    interval: effectInterval(differences, { confidence: 1 - alpha, seed }),
    p_value: test.p_value,
    method: test.method,
  }
}

function anchorsOf(
  cases: readonly Case[],
  before: Scores,
  after: Scores,
  tolerance: number,
): Proof['anchors'] {
  const pairs = pairsOf(cases, before, after)
  const scored = new Set(pairs.map(({ case_id: id }) => id))
  return {
    checked: cases.length,
    worse: pairs.filter(({ baseline, winner }) => winner < baseline - tolerance - ROUNDING),
    unscored: cases.flatMap(({ id }) => (scored.has(id) ? [] : [id])),
  }
}

function verdictOf(
  { effect, p_value: p }: Comparison,
  anchors: Proof['anchors'],
  rule: Settings & { readonly lost: number; readonly total: number },
): Verdict {
  if (anchors.worse.length > 0) return 'regression'
  if (rule.lost > rule.total * LOST_SHARE_MAX || anchors.unscored.length > 0) return 'undecided'
  const isGain = p <= rule.alpha && effect >= rule.minEffect
  return isGain ? 'gain' : 'no_significant_gain'
}

/** The winner against the winner with one prompt as it was, for each changed prompt. */
async function contributions(
  { baseline, winner, heldOut }: ProofOptions,
  runner: Runner,
  known: { readonly settings: Settings; readonly after: Scores; readonly seed: string | number },
): Promise<PromptContribution[]> {
  const { settings, after, seed } = known
  const compared: { readonly promptId: string; readonly comparison: Comparison }[] = []
  for (const promptId of changedPrompts(baseline, winner)) {
    const without = { ...winner, [promptId]: baseline[promptId] ?? '' }
    const before = await runner.scores(without, heldOut)
    const comparison = compare(pairsOf(heldOut, before, after), settings, `${seed} ${promptId}`)
    compared.push({ promptId, comparison })
  }
  const adjusted = holm(compared.map(({ comparison }) => comparison.p_value))
  return compared.map(({ promptId, comparison: { effect, p_value: p } }, at) => {
    const adjustedP = adjusted[at] ?? 1
    const significant = adjustedP <= settings.alpha && effect >= settings.minEffect
    return { prompt_id: promptId, effect, p_value: p, adjusted_p_value: adjustedP, significant }
  })
}

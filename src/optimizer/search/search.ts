import { toError } from '../../base/values.js'
import { candidateDigest } from './candidate.js'
import { Harness } from './harness.js'
import { opro, randomSearch } from './baselines.js'
import { improve, type Search } from './improve.js'
import { Pool } from './pool.js'
import { checkSearchOptions } from './search-options.js'
import type { SearchOptions, SearchResult } from './search-types.js'
import { ExperimentError } from '../experiment-error.js'

/**
 * Looks for better texts of the prompts of a workflow, within a budget. The result is what scores best on the validation
 * set, which says little by itself: the best of many candidates is partly luck. `prove` compares it with the seed on
 * cases that no search has seen.
 *
 * @throws TypeError or RangeError for a wrong option; ExperimentError OPT-BUDGET-001 when the budget does not pay for
 * the seed, OPT-EVAL-001 when no case has a score with it; what `evaluate` throws; the signal's reason
 */
export async function search(options: SearchOptions): Promise<SearchResult> {
  const checked = checkSearchOptions(options)
  const harness = new Harness(checked)
  harness.tried.add(candidateDigest(checked.seed))
  const first = await harness.evaluate(checked.seed, checked.validation)
  if (first === undefined) {
    if (harness.refusal !== undefined) throw toError(harness.refusal)
    const needed = checked.validation.length * checked.repeats
    throw new ExperimentError(
      'OPT-BUDGET-001',
      `The budget does not pay for the seed: ${needed} runs of ${checked.calls} calls`,
      { context: { budget: 'calls', limit: checked.calls, needed } },
    )
  }
  const ids = checked.validation.map(({ id }) => id)
  const pool = new Pool(checked.seed, ids, first.scores)
  harness.emit({ type: 'seed', score: pool.best.score, calls: harness.evaluations })
  const stopped = await run({ options: checked, harness, pool })
  return resultOf({ options: checked, harness, pool }, stopped)
}

async function run(parts: Search): Promise<SearchResult['stopped']> {
  switch (parts.options.algorithm) {
    case 'reflective':
      return await improve(parts, { isReflective: true })
    case 'hill-climb':
      return await improve(parts, { isReflective: false })
    case 'opro':
      return await opro(parts)
    case 'random':
      return await randomSearch(parts)
  }
}

function resultOf(
  { options, harness, pool }: Search,
  stopped: SearchResult['stopped'],
): SearchResult {
  const { accepted, rejected, refused, duplicate, failed } = harness.counts
  const { evaluations, proposals, refusals, merges, failedRuns } = harness
  return {
    algorithm: options.algorithm,
    proposer: options.proposer.name,
    random_seed: options.randomSeed,
    seed_score: pool.at(0).score,
    best: pool.best,
    pool: pool.members,
    stopped,
    calls: { budget: options.calls, evaluations, proposals },
    proposals: { accepted, rejected, refused, refusals, duplicate, failed },
    merges: { ...merges },
    errors: { runs: failedRuns, unscored_cases: pool.unscored },
  }
}

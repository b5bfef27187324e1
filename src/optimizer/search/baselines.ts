import { SeededRandom } from '../evaluation/random.js'
import { addToPool, type Search } from './improve.js'
import type { TriedText } from './search-types.js'

/** How many texts of the history a proposer is shown (Yang and others, arXiv 2309.03409, show 20). */
const HISTORY_MAX = 20

/**
 * Like OPRO (arXiv 2309.03409): the proposer sees texts with their scores, the worst first, and no run. Each proposal
 * begins with the best candidate, changes one prompt, each in turn, and is evaluated on the validation set.
 */
export async function opro(search: Search): Promise<'budget' | 'perfect'> {
  const { options, harness, pool } = search
  for (let round = 0; harness.callsLeft > 0; round++) {
    options.signal.throwIfAborted()
    if (pool.best.score >= 1) return 'perfect'
    const promptId = options.prompts[round % options.prompts.length] ?? ''
    const parent = pool.best
    const history = historyOf(search, promptId)
    const { candidate } = parent
    const proposed = await harness.propose({
      prompt_id: promptId,
      candidate,
      examples: [],
      history,
    })
    if (proposed === undefined) break
    if (proposed === 'none' || !harness.isNew(proposed, promptId)) continue
    if (!(await addToPool(search, proposed, 'rewrite', [parent.member]))) break
    harness.counts.accepted++
  }
  return 'budget'
}

/**
 * Rewrites one prompt of the seed at a time, chosen at random, without any feedback, and keeps the best: what a search
 * has to beat.
 */
export async function randomSearch(search: Search): Promise<'budget' | 'perfect'> {
  const { options, harness, pool } = search
  const random = new SeededRandom(options.randomSeed, 'random')
  while (harness.callsLeft > 0) {
    options.signal.throwIfAborted()
    if (pool.best.score >= 1) return 'perfect'
    let candidate = options.seed
    // Any number of prompts, each of them as likely to change as not, and at least one.
    const chosen = random.sample(options.prompts, 1 + random.below(options.prompts.length))
    for (const promptId of chosen) {
      const request = { prompt_id: promptId, candidate, examples: [], history: [] }
      const proposed = await harness.propose(request)
      if (proposed === undefined) return 'budget'
      if (proposed !== 'none') candidate = proposed
    }
    if (candidate === options.seed || !harness.isNew(candidate, chosen[0])) continue
    if (!(await addToPool(search, candidate, 'rewrite', [0]))) break
    harness.counts.accepted++
  }
  return 'budget'
}

/** The texts of one prompt with the best score that each has reached, the worst first. */
function historyOf({ pool }: Search, promptId: string): TriedText[] {
  const best = new Map<string, number>()
  for (const { candidate, score } of pool.members) {
    const text = candidate[promptId] ?? ''
    best.set(text, Math.max(score, best.get(text) ?? 0))
  }
  return [...best]
    .map(([text, score]) => ({ text, score }))
    .sort((left, right) => left.score - right.score)
    .slice(-HISTORY_MAX)
}

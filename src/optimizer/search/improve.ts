import { SeededRandom } from '../evaluation/random.js'
import type { Case } from '../evaluation/case.js'
import type { Candidate } from './candidate.js'
import type { Evaluation, Harness } from './harness.js'
import { mergeOf, mergeSample } from './merge.js'
import { pickFromFront, type Scores } from './pareto-front.js'
import type { Pool } from './pool.js'
import type { CheckedSearch } from './search-options.js'
import type { Origin, PoolMember } from './search-types.js'

/** What an algorithm works with. */
export interface Search {
  readonly options: CheckedSearch
  readonly harness: Harness
  readonly pool: Pool
}

/** After that many rounds in a row that cost nothing, there is nothing left to do. */
const IDLE_ROUNDS_MAX = 100

/**
 * The loop of reflective search and of hill climbing: choose a member, run it on a few train cases, let the proposer
 * rewrite one prompt with what went wrong there, and keep the result if it is better on the same cases. Only then is it
 * evaluated on the validation set. Reflective search chooses among the front, and merges; hill climbing starts from the
 * best.
 */
export async function improve(
  search: Search,
  { isReflective }: { readonly isReflective: boolean },
): Promise<'budget' | 'perfect' | 'no_progress'> {
  const { options, harness, pool } = search
  const rounds = new Rounds(search)
  let idle = 0
  while (harness.callsLeft > 0) {
    options.signal.throwIfAborted()
    if (pool.best.score >= 1) return 'perfect'
    const before = harness.callsLeft
    const merged = isReflective && rounds.isMergeDue && (await rounds.merge())
    if (merged !== true) {
      const parent = isReflective ? pool.at(pickFromFront(pool.scores, rounds.random)) : pool.best
      await rounds.rewrite(parent)
    }
    if (harness.isSpent) break
    idle = harness.callsLeft === before ? idle + 1 : 0
    if (idle > IDLE_ROUNDS_MAX) return 'no_progress'
  }
  return 'budget'
}

class Rounds {
  readonly random: SeededRandom
  readonly #search: Search
  /** Which prompt of a member is rewritten next. */
  readonly #turns = new Map<number, number>()
  readonly #mergedPairs = new Set<string>()
  #epoch: Case[] = []
  #isMergeDue = false

  constructor(search: Search) {
    this.#search = search
    this.random = new SeededRandom(search.options.randomSeed, search.options.algorithm)
  }

  /** A merge is tried after a rewriting was accepted, as long as merges are left. */
  get isMergeDue(): boolean {
    const { accepted, rejected } = this.#search.harness.merges
    return this.#isMergeDue && accepted + rejected < this.#search.options.merges
  }

  async rewrite(parent: PoolMember): Promise<void> {
    const { harness } = this.#search
    const cases = this.#minibatch()
    const before = await harness.evaluate(parent.candidate, cases)
    if (before === undefined) return
    // Nothing went wrong: there is nothing to learn from these cases.
    if (before.scores.size === 0 || [...before.scores.values()].every((score) => score >= 1)) return
    const promptId = this.#nextPrompt(parent.member)
    const { candidate } = parent
    const examples = before.outcomes
    const proposed = await harness.propose({
      prompt_id: promptId,
      candidate,
      examples,
      history: [],
    })
    if (proposed === undefined || proposed === 'none') return
    if (!harness.isNew(proposed, promptId)) return
    const after = await harness.evaluate(proposed, cases)
    if (after === undefined) return
    const origin = 'rewrite' as const
    if (!isBetter(before, after)) return this.#reject(origin, [promptId])
    if (await this.#accept(proposed, origin, [parent.member])) this.#isMergeDue = true
  }

  /** @returns whether two candidates could be merged, and so the round has been used */
  async merge(): Promise<boolean> {
    const { harness, pool, options } = this.#search
    this.#isMergeDue = false
    const merged = mergeOf(pool, this.random, (candidate, parents) => {
      const pair = parents.join(' ')
      if (this.#mergedPairs.has(pair)) return true
      this.#mergedPairs.add(pair)
      return !harness.isNew(candidate)
    })
    if (merged === undefined) return false
    const { candidate, parents } = merged
    const ids = new Set(mergeSample(pool, parents, this.random))
    const cases = options.validation.filter(({ id }) => ids.has(id))
    const sampled = await harness.evaluate(candidate, cases)
    if (sampled === undefined) return true
    const [left, right] = parents
    const limit = Math.max(totalOver(pool.scores[left], ids), totalOver(pool.scores[right], ids))
    const total = totalOver(sampled.scores, ids)
    if (sampled.scores.size < ids.size || total < limit) {
      harness.merges.rejected++
      this.#reject('merge', pool.at(parents[0]).changed)
    } else if (await this.#accept(candidate, 'merge', parents)) harness.merges.accepted++
    return true
  }

  /** Evaluates it on the whole validation set. */
  async #accept(
    candidate: Candidate,
    origin: Origin,
    parents: readonly number[],
  ): Promise<boolean> {
    const { harness } = this.#search
    const whole = await addToPool(this.#search, candidate, origin, parents)
    if (whole && origin === 'rewrite') harness.counts.accepted++
    return whole
  }

  #reject(origin: Origin, promptIds: readonly string[]): void {
    const { harness } = this.#search
    if (origin === 'rewrite') harness.counts.rejected++
    harness.emit({ type: 'rejected', origin, prompt_ids: promptIds })
  }

  /** The next few train cases; each comes once before any comes again. */
  #minibatch(): Case[] {
    const { train, minibatch } = this.#search.options
    const batch: Case[] = []
    while (batch.length < Math.min(minibatch, train.length)) {
      if (this.#epoch.length === 0) this.#epoch = this.random.shuffled(train)
      const next = this.#epoch.pop()
      if (next !== undefined && !batch.includes(next)) batch.push(next)
    }
    return batch
  }

  /** Each prompt in turn, beginning with another one for each member. */
  #nextPrompt(member: number): string {
    const { prompts } = this.#search.options
    const turn = this.#turns.get(member) ?? member
    this.#turns.set(member, turn + 1)
    return prompts[turn % prompts.length] ?? ''
  }
}

/** Evaluates a candidate on the validation set and adds it to the pool. @returns false when the budget is spent */
export async function addToPool(
  { options, harness, pool }: Search,
  candidate: Candidate,
  origin: Origin,
  parents: readonly number[],
): Promise<boolean> {
  const whole = await harness.evaluate(candidate, options.validation)
  if (whole === undefined) return false
  const { member, score } = pool.add(candidate, origin, parents, whole.scores)
  const calls = harness.evaluations + harness.proposals
  const best = pool.best.score
  harness.emit({ type: 'accepted', origin, member, score, best_score: best, calls })
  return true
}

/** Strictly, on the cases that have a score before and after; errors on more than half of them decide nothing. */
function isBetter(before: Evaluation, after: Evaluation): boolean {
  const shared = new Set([...before.scores.keys()].filter((id) => after.scores.has(id)))
  if (shared.size * 2 < before.scores.size || shared.size === 0) return false
  return totalOver(after.scores, shared) > totalOver(before.scores, shared) + 1e-12
}

function totalOver(scores: Scores | undefined, ids: ReadonlySet<string>): number {
  let total = 0
  for (const id of ids) total += scores?.get(id) ?? 0
  return total
}

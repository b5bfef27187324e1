import type { SeededRandom } from '../evaluation/random.js'
import type { Candidate } from './candidate.js'
import { frontFrequencies } from './pareto-front.js'
import type { Pool } from './pool.js'

/** A candidate made of two others. */
export interface Merged {
  readonly candidate: Candidate
  readonly parents: readonly [number, number]
}

/**
 * The merge of GEPA (arXiv 2507.19457, algorithms 3 and 4): of two candidates of the front, neither made from the other,
 * with an ancestor in common that is worse than both, each prompt is taken from the one that has changed it. Where both
 * have, that of the better one is taken. So what two lines have learned about different prompts comes together.
 *
 * @param isUsed whether these two were merged before, or the result was tried before
 * @returns undefined when no two fit
 */
export function mergeOf(
  pool: Pool,
  random: SeededRandom,
  isUsed: (candidate: Candidate, parents: readonly [number, number]) => boolean,
): Merged | undefined {
  const front = frontFrequencies(pool.scores).flatMap((frequency, member) =>
    frequency > 0 ? [member] : [],
  )
  const pairs = front.flatMap((left, at) =>
    front.slice(at + 1).map((right) => [left, right] as const),
  )
  for (const parents of random.shuffled(pairs)) {
    const ancestor = ancestorOf(pool, parents)
    if (ancestor === undefined) continue
    const candidate = combined(pool, parents, ancestor)
    if (candidate !== undefined && !isUsed(candidate, parents)) return { candidate, parents }
  }
  return undefined
}

/** The best ancestor in common that is not better than either; undefined if one was made from the other. */
function ancestorOf(pool: Pool, [left, right]: readonly [number, number]): number | undefined {
  const lines = [pool.lineageOf(left), pool.lineageOf(right)] as const
  if (lines[0].has(right) || lines[1].has(left)) return undefined
  const limit = Math.min(pool.at(left).score, pool.at(right).score)
  const common = [...lines[0]].filter(
    (member) => lines[1].has(member) && pool.at(member).score <= limit,
  )
  return common.sort((one, other) => pool.at(other).score - pool.at(one).score || other - one)[0]
}

/** undefined when it would be one of the two. */
function combined(
  pool: Pool,
  [left, right]: readonly [number, number],
  ancestor: number,
): Candidate | undefined {
  const [one, other, before] = [pool.at(left), pool.at(right), pool.at(ancestor)]
  const [better, worse] = other.score > one.score ? [other, one] : [one, other]
  const texts = Object.entries(better.candidate).map(([id, text]) => {
    const isUnchanged = text === before.candidate[id]
    return [id, isUnchanged ? (worse.candidate[id] ?? text) : text] as const
  })
  const candidate = Object.fromEntries(texts)
  const isNew = [better, worse].every(({ candidate: known }) =>
    texts.some(([id]) => candidate[id] !== known[id]),
  )
  return isNew ? candidate : undefined
}

/** How many validation cases a merge is first compared on. */
const COMPARED = 5

/** Cases on which one is better, on which the other is, and on which they are equal, in turn (GEPA, appendix). */
export function mergeSample(
  pool: Pool,
  [left, right]: readonly [number, number],
  random: SeededRandom,
): string[] {
  const [one, other] = [pool.scores[left], pool.scores[right]]
  const ids = [...(one?.keys() ?? [])].filter((id) => other?.has(id) === true)
  const difference = (id: string): number => (one?.get(id) ?? 0) - (other?.get(id) ?? 0)
  const groups = [
    random.shuffled(ids.filter((id) => difference(id) > 0)),
    random.shuffled(ids.filter((id) => difference(id) < 0)),
    random.shuffled(ids.filter((id) => difference(id) === 0)),
  ]
  const sample: string[] = []
  while (sample.length < COMPARED && groups.some((group) => group.length > 0))
    for (const group of groups) {
      const id = group.pop()
      if (id !== undefined && sample.length < COMPARED) sample.push(id)
    }
  return sample
}

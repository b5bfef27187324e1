import type { SeededRandom } from '../evaluation/random.js'

/** Scores of a candidate by case. */
export type Scores = ReadonlyMap<string, number>

/**
 * For each candidate, on how many cases no other is better: the front of GEPA (arXiv 2507.19457, algorithm 2). A
 * candidate that is dominated, since another one of the front is at least as good on every case where it is among the
 * best, has none.
 */
export function frontFrequencies(pool: readonly Scores[]): number[] {
  const front = bestByCase(pool)
  const members = new Set(front.flat())
  // The worst first: of two that dominate each other, the better one stays.
  const order = [...members].sort(
    (left, right) => totalOf(pool[left]) - totalOf(pool[right]) || right - left,
  )
  for (const member of order) {
    const others = new Set(members)
    others.delete(member)
    const isDominated = front
      .filter((best) => best.includes(member))
      .every((best) => best.some((other) => others.has(other)))
    if (isDominated && others.size > 0) members.delete(member)
  }
  return pool.map((_, member) =>
    members.has(member) ? front.filter((best) => best.includes(member)).length : 0,
  )
}

/** One of the front, each as likely as the number of cases on which it is among the best. */
export function pickFromFront(pool: readonly Scores[], random: SeededRandom): number {
  const frequencies = frontFrequencies(pool)
  const total = frequencies.reduce((sum, frequency) => sum + frequency, 0)
  let left = random.below(total)
  for (const [member, frequency] of frequencies.entries()) {
    if (left < frequency) return member
    left -= frequency
  }
  return 0
}

/** The candidates with the best score, case by case. */
function bestByCase(pool: readonly Scores[]): number[][] {
  const cases = new Set(pool.flatMap((scores) => [...scores.keys()]))
  return [...cases].sort().map((id) => {
    const best = pool.reduce((most, scores) => Math.max(most, scores.get(id) ?? -1), -1)
    return pool.flatMap((scores, member) => (scores.get(id) === best ? [member] : []))
  })
}

function totalOf(scores: Scores | undefined): number {
  let total = 0
  for (const score of scores?.values() ?? []) total += score
  return total
}

import { wrongArgument } from '../../base/misuse.js'
import { ExperimentError } from '../experiment-error.js'
import { meanOf } from '../evaluation/effect-interval.js'
import { changedPrompts, type Candidate } from './candidate.js'
import type { Scores } from './pareto-front.js'
import type { Origin, PoolMember } from './search-types.js'

/**
 * The candidates that were evaluated on the whole validation set, in the order in which they came. The cases on which
 * the seed has a score count; the others count for no candidate.
 */
export class Pool {
  readonly members: PoolMember[] = []
  readonly scores: Scores[] = []
  readonly unscored: readonly string[]
  readonly #counted: readonly string[]
  readonly #seed: Candidate

  /** @throws ExperimentError OPT-EVAL-001 when the seed has a score on none of the cases */
  constructor(seed: Candidate, caseIds: readonly string[], scores: Scores) {
    this.#seed = seed
    this.#counted = caseIds.filter((id) => scores.has(id))
    this.unscored = caseIds.filter((id) => !scores.has(id))
    if (this.#counted.length === 0)
      throw new ExperimentError(
        'OPT-EVAL-001',
        `None of the ${caseIds.length} validation cases has a score with the texts as they are`,
        { context: { reason: 'no_score', cases: caseIds.length } },
      )
    this.add(seed, 'seed', [], scores)
  }

  add(candidate: Candidate, origin: Origin, parents: readonly number[], given: Scores): PoolMember {
    const scores = new Map(
      this.#counted.flatMap((id) => {
        const score = given.get(id)
        return score === undefined ? [] : [[id, score] as const]
      }),
    )
    const member: PoolMember = {
      member: this.members.length,
      origin,
      parents,
      changed: changedPrompts(this.#seed, candidate),
      score: meanOf([...scores.values()]),
      complete: scores.size === this.#counted.length,
      candidate,
    }
    this.members.push(member)
    this.scores.push(scores)
    return member
  }

  /** The complete member with the highest mean; of equal ones the earliest. */
  get best(): PoolMember {
    return this.members.reduce((best, member) =>
      member.complete && member.score > best.score ? member : best,
    )
  }

  at(member: number): PoolMember {
    const found = this.members[member]
    if (found === undefined) throw wrongArgument(`The pool has no member ${member}`)
    return found
  }

  /** The member and all that it was made from. */
  lineageOf(member: number): ReadonlySet<number> {
    const lineage = new Set<number>([member])
    for (const each of lineage) for (const parent of this.at(each).parents) lineage.add(parent)
    return lineage
  }
}

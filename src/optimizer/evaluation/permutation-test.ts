import { SeededRandom } from './random.js'

/** Which differences speak against the hypothesis that there is no effect. */
export type Alternative = 'greater' | 'two_sided'

/** What a test found. */
export interface PermutationTest {
  /** How many pairs were compared; pairs with a difference of 0 count. */
  readonly pairs: number
  /** The mean of the differences: the effect. */
  readonly effect: number
  /** How likely an effect of at least this size would be if each pair's two values were interchangeable. */
  readonly p_value: number
  readonly method: 'exact' | 'monte_carlo'
  /** How many assignments of signs were looked at. */
  readonly permutations: number
}

/** How a test is made. */
export interface PermutationOptions {
  /** 'two_sided' by default. */
  readonly alternative?: Alternative | undefined
  /** How many random assignments are drawn where the exact test would take more than 2^16; 19,999 by default. */
  readonly permutations?: number | undefined
  /** 0 by default. */
  readonly seed?: string | number | undefined
}

/** Up to this many differences other than 0, every assignment of signs is looked at. */
const EXACT_PAIRS_MAX = 16
const PERMUTATIONS = 19_999
/** Sums that differ by less, relative to the sum of all sizes, are the same sum in another order of additions. */
const ROUNDING = 1e-9

/**
 * The paired permutation test, of R. A. Fisher (The Design of Experiments, 1935): if neither of two candidates is better,
 * each difference could as well have the other sign. It assumes nothing about how scores are distributed. A random test
 * counts the observed assignment among those drawn, so that p is never 0 and the level holds (Phipson and Smyth, 2010).
 *
 * @param differences of each pair: the new value less the old one
 */
export function permutationTest(
  differences: readonly number[],
  { alternative = 'two_sided', permutations = PERMUTATIONS, seed = 0 }: PermutationOptions = {},
): PermutationTest {
  const pairs = differences.length
  const observed = sumOf(differences)
  const effect = pairs === 0 ? 0 : observed / pairs
  const sizes = differences.filter((difference) => difference !== 0).map(Math.abs)
  const rounding = sumOf(sizes) * ROUNDING
  const isAsFar = (sum: number): boolean =>
    alternative === 'greater'
      ? sum >= observed - rounding
      : Math.abs(sum) >= Math.abs(observed) - rounding
  if (sizes.length <= EXACT_PAIRS_MAX) {
    const all = 2 ** sizes.length
    const p = countExact(sizes, isAsFar) / all
    return { pairs, effect, p_value: p, method: 'exact', permutations: all }
  }
  const random = new SeededRandom('permutation test', seed)
  let far = 0
  for (let drawn = 0; drawn < permutations; drawn++) if (isAsFar(signed(sizes, random))) far++
  const p = (1 + far) / (1 + permutations)
  return { pairs, effect, p_value: p, method: 'monte_carlo', permutations }
}

/** In how many of all assignments the sum is that far: from one to the next, one sign changes (Gray code). */
function countExact(sizes: readonly number[], isAsFar: (sum: number) => boolean): number {
  const isNegative = sizes.map(() => false)
  let sum = sumOf(sizes)
  let count = isAsFar(sum) ? 1 : 0
  for (let step = 1; step < 2 ** sizes.length; step++) {
    const at = 31 - Math.clz32(step & -step)
    isNegative[at] = isNegative[at] !== true
    sum += (isNegative[at] ? -2 : 2) * (sizes[at] ?? 0)
    if (isAsFar(sum)) count++
  }
  return count
}

/** The sum with random signs: 32 of them from each draw. */
export function signed(sizes: readonly number[], random: SeededRandom): number {
  let sum = 0
  let bits = 0
  for (let at = 0; at < sizes.length; at++) {
    if (at % 32 === 0) bits = random.bits()
    const size = sizes[at] as number
    sum += bits & 1 ? size : -size
    bits >>>= 1
  }
  return sum
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

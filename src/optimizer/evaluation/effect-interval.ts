import { permutationTest } from './permutation-test.js'

/** Between which effects the true one is, with the given confidence. */
export interface EffectInterval {
  readonly confidence: number
  /** null: there are too few pairs to bound it from below. */
  readonly low: number | null
  /** null: there are too few pairs to bound it from above. */
  readonly high: number | null
}

/** How an interval is made. */
export interface IntervalOptions {
  /** 0.95 by default. */
  readonly confidence?: number | undefined
  /** How many random assignments of signs are drawn for each effect that is tried; 1,999 by default. */
  readonly permutations?: number | undefined
  /** 0 by default. */
  readonly seed?: string | number | undefined
}

/** The bounds are exact to 2^-24 of the range of the differences. */
const HALVINGS = 24

/**
 * The effects that the paired permutation test would not refuse: with a shift of every difference by one of them, it
 * finds nothing. So the interval and the test use the same assumption, and agree except for random error.
 */
export function effectInterval(
  differences: readonly number[],
  { confidence = 0.95, permutations = 1999, seed = 0 }: IntervalOptions = {},
): EffectInterval {
  const level = (1 - confidence) / 2
  const options = { alternative: 'greater', permutations, seed } as const
  const lowOf = (values: readonly number[]): number | null => {
    const isRefused = (shift: number): boolean =>
      permutationTest(
        values.map((value) => value - shift),
        options,
      ).p_value <= level
    let refused = values.reduce((least, value) => Math.min(least, value), Infinity)
    // Below the least difference all signs agree: nothing refuses more than that.
    const margin = Math.max(Math.abs(refused), 1) * 1e-6
    if (values.length === 0 || !isRefused(refused - margin)) return null
    refused -= margin
    let kept = meanOf(values)
    for (let halving = 0; halving < HALVINGS; halving++) {
      const middle = (refused + kept) / 2
      if (isRefused(middle)) refused = middle
      else kept = middle
    }
    return kept
  }
  const low = lowOf(differences)
  const high = lowOf(differences.map((difference) => -difference))
  return { confidence, low, high: high === null ? null : 0 - high }
}

/** The mean; 0 for no values. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

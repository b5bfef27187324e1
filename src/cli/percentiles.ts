/** A number of durations in short. */
export interface Percentiles {
  readonly count: number
  readonly p50_ms: number
  readonly p90_ms: number
  readonly p99_ms: number
  readonly max_ms: number
}

/** The durations below which a share of all are (nearest rank), rounded to microseconds; undefined for none. */
export function percentilesOf(durationsMs: readonly number[]): Percentiles | undefined {
  if (durationsMs.length === 0) return undefined
  const sorted = durationsMs.toSorted((a, b) => a - b)
  const at = (share: number): number => {
    const rank = Math.max(Math.ceil(share * sorted.length), 1)
    return Number((sorted[rank - 1] ?? 0).toFixed(3))
  }
  return { count: sorted.length, p50_ms: at(0.5), p90_ms: at(0.9), p99_ms: at(0.99), max_ms: at(1) }
}

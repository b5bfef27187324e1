/** Of single operations, or of delays: the one that this share of them is not above. */
export interface Quantiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** What one run of a cell measured. */
export interface Sample {
  /** Documents or files saved, reads answered, versions found by an open. */
  readonly operations: number
  readonly elapsedMs: number
  /** Of single saves, and of reads that take long enough to be timed one by one. */
  readonly latencyUs?: Quantiles
  /** How much later than due the event loop came to a timer. */
  readonly loopDelayMs?: Quantiles
  /** What the open store holds in JavaScript's heap and beside it, after a garbage collection. */
  readonly heapBytes?: number
  /** By how much the process grew. */
  readonly rssBytes?: number
}

/** @param values sorted here */
export function quantiles(values: number[]): Quantiles {
  const sorted = values.sort((a, b) => a - b)
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) }
}

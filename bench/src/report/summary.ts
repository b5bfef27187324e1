import type { CellResult } from '../cells/result.js'
import type { Quantiles, Sample } from '../plan/sample.js'
import type { ScenarioName } from '../plan/scenarios.js'
import type { SubjectName } from '../plan/subjects.js'

export function find(
  results: readonly CellResult[],
  scenario: ScenarioName,
  subject: SubjectName,
): CellResult | undefined {
  return results.find((result) => result.scenario === scenario && result.subject === subject)
}

export function perSecond({ operations, elapsedMs }: Sample): number {
  return (operations / elapsedMs) * 1000
}

export function medianPerSecond({ samples }: CellResult): number {
  return median(samples.map(perSecond))
}

export function medianMs({ samples }: CellResult): number {
  return median(samples.map(({ elapsedMs }) => elapsedMs))
}

/** The median of the ratios round by round, which a slow minute of the machine moves less than a ratio of medians. */
export function ratio(result: CellResult, to: CellResult): number {
  return median(eachRound(result, to, perSecond))
}

/** The same for times, which are the better the smaller. */
export function latencyRatio(result: CellResult, to: CellResult): number {
  return median(eachRound(result, to, ({ latencyUs }) => latencyUs?.p50 ?? Number.NaN))
}

function eachRound(
  result: CellResult,
  to: CellResult,
  value: (sample: Sample) => number,
): number[] {
  return result.samples.flatMap((sample, round) => {
    const other = to.samples[round]
    return other === undefined ? [] : [value(sample) / value(other)]
  })
}

/** Of the rounds' quantiles. Undefined where single operations were not timed. */
export function medianLatencyUs(result: CellResult, part: keyof Quantiles): number | undefined {
  return medianOf(result, ({ latencyUs }) => latencyUs?.[part])
}

export function medianDelayMs(result: CellResult, part: keyof Quantiles): number | undefined {
  return medianOf(result, ({ loopDelayMs }) => loopDelayMs?.[part])
}

/** Undefined where no sample has it. */
export function medianOf(
  { samples }: CellResult,
  value: (sample: Sample) => number | undefined,
): number | undefined {
  const values = samples.flatMap((sample) => value(sample) ?? [])
  return values.length === 0 ? undefined : median(values)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

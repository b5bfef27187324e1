import type { Cell, Sample, Scenario, SubjectName } from './plan.js'

/** All runs of one cell; the n-th runs of all cells were made within seconds of each other. */
export interface CellResult extends Cell {
  readonly settings: string
  readonly samples: readonly Sample[]
  /** How long closing took: it holds the work that was put off, such as a checkpoint. */
  readonly closeMs: number
}

export function find(
  results: readonly CellResult[],
  scenario: Scenario,
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

/** All operations over all the time, closing included: what remains when nothing can be put off any more. */
export function sustainedPerSecond({ samples, closeMs }: CellResult): number {
  const operations = samples.reduce((sum, sample) => sum + sample.operations, 0)
  const elapsedMs = samples.reduce((sum, sample) => sum + sample.elapsedMs, closeMs)
  return (operations / elapsedMs) * 1000
}

/** The median of the ratios round by round, which a slow minute of the machine moves less than a ratio of medians. */
export function ratio(result: CellResult, to: CellResult): number {
  return median(
    result.samples.flatMap((sample, round) => {
      const other = to.samples[round]
      return other === undefined ? [] : [perSecond(sample) / perSecond(other)]
    }),
  )
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

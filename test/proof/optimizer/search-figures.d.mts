export interface FigureCell {
  readonly family: string
  readonly algorithm: string
  readonly calls: number
  readonly regret_mean: number
  readonly regret_median: number
  readonly regret_worst_tenth: number
  readonly calls_to_90_percent: number | null
  readonly reached_90_percent: number
  readonly claims: {
    readonly higher: number
    readonly validation: number
    readonly held_out: number
  }
  readonly regrets: readonly number[]
}

export interface Figures {
  readonly date: string
  readonly node: string
  readonly seeds: number
  readonly cells: readonly FigureCell[]
  readonly comparisons: readonly {
    readonly family: string
    readonly against: string
    readonly better_by: number
    readonly low: number | null
    readonly high: number | null
  }[]
}

export function measure(options: {
  readonly seeds: number
  readonly families?: readonly string[]
}): Promise<Figures>
export function withTables(text: string, recorded: Figures): string

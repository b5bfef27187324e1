import type { Cell } from '../plan/plan.js'
import type { Sample } from '../plan/sample.js'

/** All runs of one cell; the n-th runs of the cells of a group were made within a minute, of a scenario within seconds. */
export interface CellResult extends Cell {
  readonly settings: string
  readonly samples: readonly Sample[]
  /** How long closing took: it holds the work that was put off, such as a checkpoint. */
  readonly closeMs: number
  /** How large the process has been, Node itself included. */
  readonly peakRssBytes: number
}

import type { Sample } from '../plan/sample.js'

/** One scenario of one subject, inside of its process. */
export interface Measure {
  readonly settings: string
  /** Makes what the runs need: directories, documents, a journal. Not timed. */
  prepare(): Promise<void>
  run(forMs: number): Promise<Sample>
  close(): Promise<void>
}

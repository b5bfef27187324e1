import type { Sample, Scenario } from '../plan.js'

/** Something that keeps documents. What answers at once gives back no promise, and is not made to wait for one. */
export interface Subject {
  /** How it is set up: whoever reads the numbers has to know. */
  readonly settings: string
  /** Stores the `at`-th document; it is durable, as far as the subject promises, when this has resolved. */
  save(at: number): Promise<void> | void
  /** The way to save many at a time, for a subject that is not meant to be called concurrently. */
  saveTogether?(from: number, count: number): void
  /** Saves by itself for so long, for a subject whose loop is no JavaScript. */
  runSaves?(forMs: number, lanes: number): Promise<Sample>
  /** The `at`-th document, parsed. */
  get(at: number): Promise<unknown> | object
  close(): Promise<void>
}

/** Opens a subject in an empty directory. */
export type OpenSubject = (directory: string, scenario: Scenario) => Promise<Subject>

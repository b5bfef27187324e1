import type { PromptVersion } from '../../../dist/index.js'
import type { Name } from '../plan/document.js'
import type { Sample } from '../plan/sample.js'

/** Something that keeps documents. What answers at once returns no promise, and is not made to wait for one. */
export interface Subject {
  /** How it is set up: readers of the numbers have to know. */
  readonly settings: string
  /** Stores a document; it is durable, as far as the subject promises, when this has resolved. */
  save?(document: PromptVersion): Promise<unknown> | void
  /** The way to save many at a time, for a subject that is not meant to be called concurrently. */
  saveTogether?(documents: readonly PromptVersion[]): void
  /** All or nothing. */
  saveBatch?(documents: readonly PromptVersion[]): Promise<unknown> | void
  /** Saves by itself for so long, for a subject whose loop is not in this process. */
  runSaves?(forMs: number, lanes: number): Promise<Sample>
  /** As durable as a save. */
  remove?(name: Name): Promise<unknown>
  /** The document, parsed. */
  get?(name: Name): Promise<unknown> | object
  /** All versions of a prompt, parsed. */
  list?(promptId: string): Promise<readonly unknown[]> | readonly unknown[]
  /** The highest version, parsed. */
  latest?(promptId: string): Promise<unknown>
  /** Its number alone. */
  latestName?(promptId: string): Promise<string | undefined>
  /** Stores a whole file of any size. */
  putFile?(name: string, bytes: Uint8Array): Promise<unknown> | void
  /** All of its bytes. */
  getFile?(name: string): Promise<Uint8Array>
  close(): Promise<void> | void
}

/** What a scenario asks of the code that opens a subject. */
export interface Setting {
  /** Keep documents in memory, where the subject can. */
  readonly cache: boolean
  /** Let a subject that is idle begin work of its own. Where subjects take turns, it would run in the turn of another. */
  readonly idleCheckpoints: boolean
}

/** Opens a subject in a directory of its own, which may hold what it has left there before. */
export type OpenSubject = (directory: string, setting: Setting) => Promise<Subject>

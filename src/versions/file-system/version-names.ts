import type { LoggedChange } from '../../engine/journal/dirty-log.js'

/** Which versions there are, by name: from the index, or from the directories where a store has none. */
export interface NameSource {
  /** Whether every commit of any process is known here and has been told to the listeners: without waiting. */
  readonly isCurrent: boolean
  /** Resolves when what is answered is as new as the last commit of any process. Undefined: it is already. */
  current(): Promise<void> | undefined
  /** Undefined where only the file can tell. */
  has(promptId: string, version: string): boolean | undefined
  /** Ascending by precedence. */
  versions(promptId: string): readonly string[] | Promise<readonly string[]>
  latest(promptId: string): string | undefined | Promise<string | undefined>
  /** Sorted by code unit. */
  promptIds(): readonly string[] | Promise<readonly string[]>
  totals(): Promise<{ readonly prompts: number; readonly versions: number }>
  /** A file that should be there is not: looks at the prompt's directory again. */
  recheck(promptId: string): Promise<void>
  /** Notes the id behind a hashed name, before its first version is committed. */
  know(promptId: string): void
  /** Forgets all and reads the directories again. */
  rebuild(): Promise<{ readonly prompts: number; readonly versions: number }>
}

/** A version that came or went, in terms of prompts. */
export interface NamedChange extends LoggedChange {
  readonly promptId: string
  readonly version: string
}

/** Who is told of changes, in terms of prompts. */
export interface NamedListeners {
  readonly changed: (change: NamedChange) => void
  /** More has changed than can be told. */
  readonly reset: () => void
}

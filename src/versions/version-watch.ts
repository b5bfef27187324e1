import type { LabelMove } from './prompt-heads.js'
import { supports } from './supports.js'

export interface WatchOptions {
  /** Only changes of this prompt (and resets); of all prompts by default. */
  readonly promptId?: string
  /** Ends the iteration. */
  readonly signal?: AbortSignal
}

export interface LabelWatchOptions extends WatchOptions {
  /** Whether moves of labels are reported, too. */
  readonly labels: boolean
}

/** A storage that reports changes. */
export interface VersionWatch {
  /**
   * Changes from this call on, in the order in which they were committed, for one consumer. The iteration ends with
   * the signal, with `return` (a `break`), or when the storage is closed. The process stays alive while a `next` waits
   * for its change, and only then.
   */
  watch(options: LabelWatchOptions): VersionChanges<AnyChange>
  watch(options?: WatchOptions): VersionChanges
}

/** What `watch` returns. */
export interface VersionChanges<Change = VersionChange> extends AsyncIterable<Change> {
  /** Waits for the next change; done, when the iteration has ended. */
  next(): Promise<IteratorResult<Change, undefined>>
  /** Ends the iteration. */
  return(): Promise<IteratorResult<Change, undefined>>
  [Symbol.asyncIterator](): VersionChanges<Change>
}

/** One change of a storage. */
export interface VersionChange {
  /** 'reset': there were more changes than are kept, so everything may have changed: read again. */
  readonly kind: 'save' | 'delete' | 'reset'
  /** '' for a reset. */
  readonly prompt_id: string
  /** '' for a reset. */
  readonly version: string
  /** When this process saw it: ISO 8601, UTC, milliseconds. */
  readonly at: string
}

/** A label of a prompt has moved. */
export interface LabelChange extends LabelMove {
  readonly kind: 'label'
  readonly prompt_id: string
}

/** What `watch` with `labels` reports. */
export type AnyChange = VersionChange | LabelChange

/** Whether a storage reports changes. */
export function offersWatch(storage: object): storage is VersionWatch {
  return supports(storage, 'watch')
}

import type { PlannedChange } from '../prompt-change.js'
import type { LabelMove, PromptHead, PromptView } from '../prompt-heads.js'
import type { KnownHistory } from '../prompt-history.js'
import type { PromptPast } from '../presences.js'
import type { ResolvedListOptions } from '../version-storage.js'

/**
 * When a commit of another process or node is seen by the calls of this one: by the next call that begins after the
 * commit was acknowledged, or at the latest this many milliseconds after it.
 */
export type Coherence = 'nextCall' | { readonly withinMs: number }

/** A document as a source keeps it. */
export interface StoredDocument {
  readonly version: string
  /** Its text, as `encode` made it. */
  readonly bytes: Uint8Array
  /** When it was committed: ISO 8601, UTC, milliseconds; null if that is unknown. */
  readonly savedAt: string | null
}

/** A document to save. */
export interface NewDocument {
  readonly promptId: string
  readonly version: string
  /**
   * Its text, with the checksum over it. A source that keeps the time of the commit beside it, such as in a column,
   * calls it without the time; one that keeps only the text, with it.
   */
  encode(savedAt?: string): Uint8Array
  /**
   * The time of the commit where it was first saved, for a copy from another storage: to be kept. null: it is unknown.
   * Undefined for a new document: the source decides the time.
   */
  readonly savedAt?: string | null | undefined
}

/** The name of a version. */
export interface VersionName {
  readonly promptId: string
  readonly version: string
}

/** Why nothing was inserted. */
export type InsertRefusal =
  | { readonly kind: 'taken'; readonly documents: readonly TakenDocument[] }
  | { readonly kind: 'missing' }

/** A document that is there already. */
export interface TakenDocument extends StoredDocument {
  readonly promptId: string
}

/** What one transaction changes in one prompt: what a decision came to, with the documents in their stored form. */
export type SourceChange = Omit<PlannedChange<NewDocument>, 'copies'>

/** What has changed in a source. Sources report their own commits and those of others. */
export type SourceEvent =
  | { readonly kind: 'save' | 'delete'; readonly promptId: string; readonly version: string }
  /** Labels, tags or deprecations; after the versions of the same commit. */
  | {
      readonly kind: 'head'
      readonly promptId: string
      /** Those of its labels, in order. Undefined if they are not known: watchers of labels get a reset. */
      readonly moves?: readonly LabelMove[] | undefined
    }
  /** Anything may have changed. */
  | { readonly kind: 'reset' }

/**
 * What a source reports: changes, or that what is in memory is as old as it may be. Then nothing is known to have
 * changed: memory is dropped, and watchers hear nothing.
 */
export type SourceReport = SourceEvent | { readonly kind: 'expired' }

/** Receives changes in the order of their commits. */
export type SourceListener = (reports: readonly SourceReport[]) => void

/**
 * Where a `DocumentStorage` keeps its documents: a database, an object store. A source knows nothing of schemas, caches
 * and watchers; it keeps texts by prompt and version, the head and the history of each prompt, and commits changes of
 * them all or nothing. Everything else is done over it.
 *
 * Failures are `StorageError`s: FS-UNAVAILABLE-001 for a source that cannot be reached, FS-TIMEOUT-001 for one that
 * does not answer, with `outcome: 'unknown'` in the context if a change may have been committed.
 */
export interface DocumentSource {
  /** For messages: a URL without secrets, such as `sqlite:prompts.db`. */
  readonly place: string
  readonly coherence: Coherence

  /** The ids of all prompts that have a version, in any order. */
  ids(): Promise<readonly string[]>
  /** The versions of a prompt, in any order. */
  names(promptId: string): Promise<readonly string[]>
  /** Those of these versions that exist, in any order. */
  get(promptId: string, versions: readonly string[]): Promise<readonly StoredDocument[]>
  /**
   * Documents by their places in the order of precedence, in that order, all of one moment. Optional, for a source that
   * has a cheaper way than `names` and then `get`.
   */
  page?(promptId: string, page: ResolvedListOptions): Promise<readonly StoredDocument[]>
  /** The head of a prompt; undefined if it has none. */
  head(promptId: string): Promise<PromptHead | undefined>
  /** Versions with the times of their commits, and the history: of one moment. */
  past(promptId: string): Promise<PromptPast>
  /** The ids of all prompts that have a version or a history, in any order. */
  pastIds(): Promise<readonly string[]>
  /** Since when the history of the source is known; undefined if it always was. */
  knownSince(): Promise<KnownHistory | undefined>

  /**
   * Saves documents, all or nothing, unless one exists ('taken', with those that do), or one of `present` does not
   * ('missing'). Decided in the commit, so of several callers for one version exactly one wins.
   */
  insert(
    documents: readonly NewDocument[],
    present: readonly VersionName[],
  ): Promise<InsertRefusal | undefined>
  /**
   * Calls `plan` with the prompts as they are, and commits what it returns, all or nothing, if they are still the same:
   * the same heads, and for each version that is saved, deleted or required, the same existence. Otherwise it calls
   * `plan` again; a source that can lock the prompts meanwhile does not have to. What `plan` throws is thrown, and nothing is
   * changed.
   *
   * For the deleted versions of a change, one entry with the times of their commits is appended to its history, after
   * its moves. A change with a `record` is a copy from another storage: its head and its history replace those of the
   * prompt as a whole, and no entry is appended. Its event 'head' has no moves.
   */
  transact(promptIds: readonly string[], plan: SourcePlan): Promise<void>
  /** Records since when the history of the source is known, in place of what is recorded. */
  setKnownSince(known: KnownHistory | undefined): Promise<void>
  /** Removes everything, histories too. Then the history is known since now, with the reason 'cleared'. */
  clear(): Promise<void>

  /** Who receives the changes; called once, before anything else. */
  listen(listener: SourceListener): void
  /**
   * Reports to the listener, before it resolves, each commit that the coherence promises to show by now; with `fresh`
   * each one that was acknowledged before this call. Called before each answer from memory, so a source that has
   * nothing to ask returns undefined.
   */
  refresh(fresh: boolean): Promise<void> | undefined
  /** While there are watchers, a source reports commits of others without being asked. Returns what ends it. */
  follow(): () => void
  /** Ends what is open. Called once, after all calls have ended. */
  close(): Promise<void>
}

/** Decides what to change in prompts. May be called several times. */
export type SourcePlan = (views: readonly PromptView[]) => Promise<readonly SourceChange[]>

/**
 * The port of the client: what a `DocumentStorage` on another machine needs of a storage, as JSON. Heads, moves and
 * documents travel as texts: their keys are the users' own, `__proto__` among them, and a document's text has its
 * checksum.
 */

/** A document as the port carries it: the text of its file, with the checksum. */
export interface WireDocument {
  readonly version: string
  readonly text: string
  /** When it was committed; null if that is unknown. */
  readonly saved_at: string | null
}

/** A document to save. With `saved_at`, it is a copy, whose time is kept. */
export interface WireNewDocument {
  readonly prompt_id: string
  readonly text: string
  readonly saved_at?: string | null | undefined
}

/** The name of a version. */
export interface WireName {
  readonly prompt_id: string
  readonly version: string
}

/** A prompt as a commit expects it, or as it is. */
export interface WireView {
  readonly prompt_id: string
  /** The JSON of the `PromptHead`; null if there is none. */
  readonly head: string | null
  readonly versions: readonly string[]
}

/** What a commit changes in one prompt. */
export interface WireChange {
  readonly prompt_id: string
  readonly save: readonly WireNewDocument[]
  readonly delete: readonly string[]
  readonly requires: readonly string[]
  /** The JSON of the new head; missing if it stays. */
  readonly head?: string | undefined
  /** The JSON of an array of `LabelMove`. */
  readonly moves: string
}

/** A copy of what another storage keeps. */
export interface WireCopy {
  readonly prompt_id: string
  /** What the copy was decided for. */
  readonly view: WireView
  readonly save: readonly WireNewDocument[]
  /** The JSON of a `CopiedRecord`, in which a missing head is null. Missing: the record stays. */
  readonly record?: string | undefined
  readonly remove: readonly string[]
}

/** A document that could not be read. */
export interface WireDamage {
  readonly version: string
  readonly code: string
  readonly message: string
  readonly context: Readonly<Record<string, unknown>>
}

/** What is sent with each operation. */
export interface PortRequests {
  readonly info: Readonly<Record<string, never>>
  /** `past`: prompts that have a history only, too. `after`: the last id of the page before. */
  readonly ids: {
    readonly past?: boolean | undefined
    readonly after?: string | undefined
  }
  readonly names: { readonly prompt_id: string }
  readonly head: { readonly prompt_id: string }
  readonly past: { readonly prompt_id: string }
  readonly views: { readonly prompt_ids: readonly string[] }
  readonly documents: { readonly prompt_id: string; readonly versions: readonly string[] }
  readonly insert: {
    readonly documents: readonly WireNewDocument[]
    readonly present: readonly WireName[]
  }
  readonly commit: { readonly views: readonly WireView[]; readonly changes: readonly WireChange[] }
  readonly copy: WireCopy
  readonly clear: Readonly<Record<string, never>>
  /** `known`: the JSON of a `KnownHistory`, or null. */
  readonly 'know-since': { readonly known: string | null }
}

/** What each operation answers. */
export interface PortAnswers {
  readonly info: {
    /** Milliseconds that the storage behind the server may be late to see a change of another process. */
    readonly lag_ms: number
    /** The JSON of a `KnownHistory`, or null. */
    readonly known_since: string | null
  }
  readonly ids: { readonly ids: readonly string[]; readonly has_more: boolean }
  readonly names: { readonly versions: readonly string[] }
  readonly head: { readonly head: string | null }
  /** `past`: the JSON of `{ versions, history }`; `versions` holds pairs of a version and its time. */
  readonly past: { readonly past: string }
  readonly views: { readonly views: readonly WireView[] }
  readonly documents: {
    readonly documents: readonly WireDocument[]
    readonly damaged: readonly WireDamage[]
    /** Those that the answer had no room for: to be asked for again. */
    readonly rest: readonly string[]
  }
  readonly insert:
    | { readonly outcome: 'saved' }
    | { readonly outcome: 'missing' }
    | {
        readonly outcome: 'taken'
        readonly documents: readonly (WireDocument & { readonly prompt_id: string })[]
      }
  /** `changed`: nothing was committed, since the prompts are no longer as they were. */
  readonly commit:
    | { readonly outcome: 'committed' }
    | { readonly outcome: 'changed'; readonly views: readonly WireView[] }
  readonly copy: PortAnswers['commit']
  readonly clear: { readonly outcome: 'committed' }
  readonly 'know-since': { readonly outcome: 'committed' }
}

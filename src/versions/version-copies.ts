import { outOfRange, wrongArgument } from '../base/misuse.js'
import type { PromptHead, PromptView } from './prompt-heads.js'
import type { HistoryEntry, KnownHistory } from './prompt-history.js'
import { supports } from './supports.js'
import type { VersionDocument } from './version-storage.js'

/** A storage that copies can be made from and to. */
export interface Copyable {
  /** What copies to other storages and from them read and write: see `migrate`. */
  readonly copies: VersionCopies
}

/** Whether copies can be made from a storage and to it: each storage of this package can. */
export function offersCopies(storage: unknown): storage is Copyable {
  return typeof storage === 'object' && storage !== null && supports(storage, 'copies')
}

/** @throws TypeError for a storage that copies cannot be made of */
export function copiesOf(storage: unknown, name: string): VersionCopies {
  if (offersCopies(storage)) return storage.copies
  throw wrongArgument(
    `Argument "${name}" must be a storage of this package (FileSystemStorage, InMemoryStorage, DocumentStorage or one over it): only these return times, labels and histories as they are kept`,
  )
}

/**
 * What is kept of a prompt beside its documents: the times of their commits, null where that is unknown, and the record
 * of its labels.
 */
export interface PromptState extends CopiedRecord {
  readonly versions: ReadonlyMap<string, string | null>
}

/** What a storage records of a prompt. */
export interface CopiedRecord {
  /** Undefined if the prompt has none. */
  readonly head: PromptHead | undefined
  /** The oldest first. */
  readonly history: readonly HistoryEntry[]
}

/** What a copy changes in a prompt. */
export interface PromptCopy {
  /** Versions to save, with the times of their first commits. One that exists fails with VersionConflictError. */
  readonly save: readonly CopiedVersion[]
  /** Head and history, in place of those that are there; these stay by default. */
  readonly record?: CopiedRecord
  /** Versions to remove for good, without an entry in the history. Only together with a `record`. */
  readonly remove?: readonly string[]
}

/**
 * Reads and writes what a storage keeps, as it is kept: no schema fills in defaults, nothing is upgraded, and times and
 * histories are those of the first storage. Each call counts as one of the storage.
 */
export interface VersionCopies {
  /** The ids of all prompts that have a version or a history, sorted by code unit. */
  promptIds(): Promise<readonly string[]>
  /** The numbers of the versions of a prompt, ascending by precedence. */
  names(promptId: string): Promise<readonly string[]>
  /** All but the documents, of one moment. */
  state(promptId: string): Promise<PromptState>
  /** Those of these versions that exist, in the given order. @throws StorageError for a damaged one */
  documents(promptId: string, versions: readonly string[]): Promise<readonly CopiedVersion[]>
  /**
   * Makes the change that `decide` returns, all or nothing. If the prompt has changed meanwhile, `decide` is called again
   * with what there is now; what it throws is thrown. A change without anything to do commits nothing.
   */
  change(promptId: string, decide: (view: PromptView) => PromptCopy): Promise<void>
  /** Since when the history of the storage is known; undefined if it always was. */
  knownSince(): Promise<KnownHistory | undefined>
  /** Records since when it is known, in place of what is recorded. */
  setKnownSince(known: KnownHistory | undefined): Promise<void>
}

/** A document as one storage hands it to another. It was checked where it was saved first. */
export class CopiedVersion {
  /** Deep-frozen. */
  readonly document: VersionDocument
  /** The time of its first commit; null if it is unknown. */
  readonly savedAt: string | null
  /** The version of the schema that it was saved with. */
  readonly schemaVersion: number

  constructor(document: VersionDocument, savedAt: string | null, schemaVersion: number) {
    this.document = document
    this.savedAt = savedAt
    this.schemaVersion = schemaVersion
  }

  get version(): string {
    return this.document.version
  }
}

/** Most versions of one transaction of a copy. */
export const COPIED_TOGETHER_MAX = 256

/** @throws RangeError for more than one transaction takes */
export function checkCopy({ save, record, remove = [] }: PromptCopy): void {
  if (save.length > COPIED_TOGETHER_MAX)
    throw outOfRange(
      `A copy must save at most ${COPIED_TOGETHER_MAX} versions in one transaction, got ${save.length}`,
    )
  if (remove.length > 0 && record === undefined)
    throw wrongArgument('A copy that removes versions must have the "record" that stays')
}

import type { VersionDocument } from './version-storage.js'
import { supports } from './supports.js'

/** Where a label points, and who moved it there. */
export interface LabelState {
  readonly version: string
  /** When it was moved there: ISO 8601, UTC. */
  readonly at: string
  readonly by: string | null
  readonly reason: string | null
}

/** Why a version should no longer be used. */
export interface Deprecation {
  readonly at: string
  readonly by: string | null
  readonly reason: string | null
}

/**
 * What a storage keeps of a prompt beside its versions. It changes only by `transact`, together with the versions and
 * the history of the labels. A prompt has one from its first label, tag or published version on.
 */
export interface PromptHead {
  /** By the label's name. */
  readonly labels: Readonly<Record<string, LabelState>>
  /** The highest number that was ever given, if its version was deleted: it is not given again. */
  readonly highest: string | null
  /** By version. */
  readonly deprecated: Readonly<Record<string, Deprecation>>
  /** By version: sorted, without duplicates. */
  readonly tags: Readonly<Record<string, readonly string[]>>
}

/** The head of a prompt that has none. */
export const NO_HEAD: PromptHead = Object.freeze({
  labels: Object.freeze({}),
  highest: null,
  deprecated: Object.freeze({}),
  tags: Object.freeze({}),
})

/** One move of a label. `from` is null for a new label, `to` for a removed one. */
export interface LabelMove {
  readonly label: string
  readonly from: string | null
  readonly to: string | null
  readonly by: string | null
  readonly reason: string | null
  /** ISO 8601, UTC. */
  readonly at: string
}

/** A prompt as a transaction reads it. */
export interface PromptView {
  readonly promptId: string
  /** `undefined` if the prompt has none. */
  readonly head: PromptHead | undefined
  /** The numbers of the versions that exist, ascending by precedence. */
  readonly versions: readonly string[]
}

/** What a transaction changes in one prompt. */
export interface PromptChange<Input> {
  readonly promptId: string
  /** Versions to save. One that exists fails the transaction with VersionConflictError. */
  readonly save?: readonly Input[]
  /** Versions to delete, into the trash where there is one. The storage records the highest number in the head. */
  readonly delete?: readonly string[]
  /** The new head; unchanged by default. */
  readonly head?: PromptHead
  /** Moves of labels, appended to their history. */
  readonly moves?: readonly LabelMove[]
  /** Versions that have to exist at the commit, such as those that labels are moved to. */
  readonly requires?: readonly string[]
}

/** What `decide` returns: the changes to commit, none for a transaction that only reads, and the result of the call. */
export interface Decision<Input, Result> {
  readonly changes: readonly PromptChange<Input>[]
  readonly result: Result
}

/** A storage that decides about prompts and their versions in one commit, in every process. */
export interface VersionTransactions<Input = VersionDocument> {
  /**
   * Reads the prompts, calls `decide`, and commits the changes that it returns: all or nothing. If another call or
   * process has changed one of the heads meanwhile, taken a number that is to be saved, or removed a version that is
   * required or to be deleted, nothing is committed, and `decide` is called again with what there is now. So `decide`
   * must be synchronous and change nothing itself. Deleting a version that a label of the new head names is refused.
   *
   * @param promptIds 1 to 64 ids; changes may concern these only
   * @throws what `decide` throws; StorageError OPT-LABEL-001 for a version that is labelled; as saveVersion does
   */
  transact<Result>(
    promptIds: readonly string[],
    decide: (views: readonly PromptView[]) => Decision<Input, Result>,
  ): Promise<Result>
  /** The head of a prompt as of this call; `undefined` if it has none. */
  readHead(promptId: string): Promise<PromptHead | undefined>
  /** All moves of the labels of a prompt, the oldest first. */
  listLabelMoves(promptId: string): Promise<readonly LabelMove[]>
}

/** Whether a storage has transactions over prompts, and so labels and numbering. */
export function offersTransactions(storage: object): storage is VersionTransactions {
  return supports(storage, 'labels')
}

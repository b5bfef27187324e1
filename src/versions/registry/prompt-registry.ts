import { checkPromptId } from '../../document/prompt-id.js'
import { queueOf, type KeyedQueue } from '../../base/keyed-queue.js'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import type { Deprecation, LabelMove, LabelState, PromptView } from '../prompt-heads.js'
import type { Prompt, PromptContent } from '../prompts/prompt.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import { keepOpenWhile, resolveListOptions, type ListOptions } from '../version-storage.js'
import { diffVersions, mergeVersions, type VersionDiff } from './compare-versions.js'
import { lastMove, undo } from './label-rollback.js'
import type { MergeResult } from './merge.js'
import { PromptDraft, type DraftRules } from './prompt-draft.js'
import { checkContent, publishInto, type Published } from './publishing.js'
import { parseReference } from './reference.js'
import {
  checkLabel,
  checkMove,
  checkNote,
  checkPublish,
  checkRegistry,
  checkTags,
  type LabelOptions,
  type PromptRegistryOptions,
  type PublishOptions,
  type RegistryStorage,
  type TagChanges,
} from './registry-options.js'
import { TransactionDraft, type RegistryTransaction } from './registry-transaction.js'
import type { RetentionPolicy } from './retention-policy.js'
import { checkRetention, planOf, retire, type PromptRetention } from './retiring.js'
import { ScheduledRetention } from './scheduled-retention.js'
import { checkSearch, search, type SearchOptions } from './search.js'
import {
  listIds,
  readHead,
  readLatest,
  readReferenced,
  readSummaries,
  requireReferenced,
} from './storage-reads.js'
import { graphOf, recordOf, type PromptGraph, type VersionRecord } from './version-records.js'

/**
 * Prompts in production: published versions, labels that say which one is live, who moved them and why. Everything is
 * in the storage, and each call reads it there: a move by another process is seen by the next call.
 *
 * A version is named by a reference: `1.4.2`, `^1.2`, `latest`, `@production`.
 */
export class PromptRegistry {
  readonly #storage: RegistryStorage
  readonly #protected: ReadonlySet<string>
  readonly #now: () => Date
  readonly #queue: KeyedQueue
  readonly #retention: ScheduledRetention | undefined

  /** @throws TypeError for wrong options, and for a storage without transactions */
  constructor(options: PromptRegistryOptions) {
    const { storage, protectedLabels, now, retention } = checkRegistry(options)
    this.#storage = storage
    this.#protected = new Set(protectedLabels)
    this.#now = now
    this.#queue = queueOf(storage)
    this.#retention =
      retention &&
      new ScheduledRetention(retention, {
        ids: async () => await listIds(storage),
        apply: async (promptId, policy) => await this.applyRetention(promptId, policy),
        storage,
      })
  }

  /**
   * Stores the next version of a prompt, and moves `labels` to it in the same commit. The number is chosen there, too: a
   * number that was given once is not given again, also after its version was deleted. If the latest version has the
   * same content, it is returned with `created: false`, and the labels move to it.
   *
   * @param content `{ text }` or `{ messages, config }`
   * @throws TypeError for arguments that do not fit; StorageError OPT-VER-002 for a parent that does not exist,
   * OPT-LABEL-001 for a protected label; otherwise as saveVersion does
   */
  async publish(
    promptId: string,
    content: PromptContent,
    options?: PublishOptions,
  ): Promise<Published> {
    // At once, in the caller's own turn: inside the queue, the stack would not show the caller's frames.
    const prompt = checkContent(promptId, content)
    const checked = checkPublish(options)
    return await this.#inTurn(promptId, async (storage) => {
      for (;;) {
        const latest = await readLatest(storage, promptId)
        const published = await this.#decide(storage, promptId, (draft) =>
          // Another process was faster: its version is the latest now.
          draft.latest === latest?.version
            ? publishInto(draft, prompt, latest, checked)
            : undefined,
        )
        if (published !== undefined) return published
      }
    })
  }

  /**
   * The version that a reference names; `undefined` when there is none.
   *
   * @throws TypeError for a text that is not a reference; StorageError OPT-VER-002 for 'latest' where all versions are
   * pre-releases
   */
  async get(promptId: string, reference = 'latest'): Promise<PromptVersion | undefined> {
    checkPromptId(promptId)
    const parsed = parseReference(reference)
    return await keepOpenWhile(
      this.#storage,
      async (storage) => await readReferenced(storage, promptId, parsed),
    )
  }

  /**
   * Moves a label to a version, or sets it, and returns the move. A label that is there already stays as it is: nothing
   * is recorded, and `from` and `to` of the result are the same.
   *
   * @param version a reference
   * @throws StorageError OPT-LABEL-001 when the label is not at `expected`, or is protected; OPT-VER-002 for a version
   * that does not exist
   */
  async label(
    promptId: string,
    label: string,
    version: string,
    options?: LabelOptions,
  ): Promise<LabelMove> {
    checkLabel(promptId, label)
    const reference = parseReference(version, 'version')
    const rules = checkMove(options, 'label')
    return await this.#change(promptId, (draft) =>
      draft.move(label, draft.require(reference), rules),
    )
  }

  /** Removes a label and returns the move; `undefined` if it did not exist. @throws as `label` does */
  async unlabel(
    promptId: string,
    label: string,
    options?: LabelOptions,
  ): Promise<LabelMove | undefined> {
    checkLabel(promptId, label)
    const rules = checkMove(options, 'unlabel')
    const move = await this.#change(promptId, (draft) => draft.move(label, null, rules))
    return move.from === null ? undefined : move
  }

  /** The labels of a prompt by name: the version of each, who moved it there, when and why. */
  async labels(promptId: string): Promise<Readonly<Record<string, LabelState>>> {
    checkPromptId(promptId)
    return (await readHead(this.#storage, promptId)).labels
  }

  /** All moves of a label, the oldest first; they are kept when the label is removed. */
  async labelHistory(promptId: string, label: string): Promise<readonly LabelMove[]> {
    checkLabel(promptId, label)
    const moves = await this.#storage.listLabelMoves(promptId)
    return Object.freeze(moves.filter((move) => move.label === label))
  }

  /**
   * Undoes the last move of a label: it moves to where it was before, and is removed if it was new. This is a move like
   * any other, so a second rollback undoes the first. To go further back, take a version from `labelHistory`.
   *
   * @throws StorageError OPT-VER-002 for a label that never moved, or whose old version was deleted; otherwise as `label`
   */
  async rollbackLabel(promptId: string, label: string, options?: LabelOptions): Promise<LabelMove> {
    checkLabel(promptId, label)
    const rules = checkMove(options, 'rollbackLabel')
    return await this.#inTurn(promptId, async (storage) => {
      for (;;) {
        const last = lastMove(await storage.listLabelMoves(promptId), promptId, label)
        const move = await this.#decide(storage, promptId, (draft) => undo(draft, last, rules))
        if (move !== undefined) return move
      }
    })
  }

  /** The versions of a prompt with what is known of each, the newest first unless `order` says otherwise. */
  async history(promptId: string, options?: ListOptions): Promise<readonly VersionRecord[]> {
    checkPromptId(promptId)
    const page = resolveListOptions(options, 'history')
    const order = options?.order === undefined ? 'descending' : page.order
    return await keepOpenWhile(this.#storage, async (storage) => {
      const summaries = await readSummaries(storage, promptId, { ...page, order })
      return Object.freeze(summaries.map((summary) => recordOf(promptId, summary)))
    })
  }

  /** The versions of a prompt and what each was made from; parents that were deleted are listed as missing. */
  async graph(promptId: string): Promise<PromptGraph> {
    return graphOf(await this.history(promptId, { order: 'ascending' }))
  }

  /**
   * What changed from one version to another: texts by words, everything else by structure. The result is JSON.
   * @throws StorageError OPT-VER-002 when one of the two does not exist
   */
  async diff(promptId: string, from: string, to: string): Promise<VersionDiff> {
    return await diffVersions(
      await this.#require(promptId, 'from', from),
      await this.#require(promptId, 'to', to),
    )
  }

  /**
   * Merges the changes of two versions since a third one, and returns the prompt, to be published, or the conflicts.
   * Nothing is stored.
   * @throws StorageError OPT-VER-002 when one of the three does not exist
   */
  async merge(
    promptId: string,
    base: string,
    ours: string,
    theirs: string,
  ): Promise<MergeResult<Prompt>> {
    return await mergeVersions(
      await this.#require(promptId, 'base', base),
      await this.#require(promptId, 'ours', ours),
      await this.#require(promptId, 'theirs', theirs),
    )
  }

  /**
   * Says that a version should no longer be used, and returns what is recorded. It can still be read, and labels stay.
   * @throws StorageError OPT-VER-002 for a version that does not exist
   */
  async deprecate(
    promptId: string,
    version: string,
    options?: { readonly by?: string; readonly reason?: string },
  ): Promise<Deprecation> {
    checkPromptId(promptId)
    const reference = parseReference(version, 'version')
    const note = checkNote(options, 'deprecate')
    return await this.#change(promptId, (draft) => draft.deprecate(draft.require(reference), note))
  }

  /** Withdraws a deprecation; false when there was none. @throws as `deprecate` does */
  async undeprecate(promptId: string, version: string): Promise<boolean> {
    checkPromptId(promptId)
    const reference = parseReference(version, 'version')
    return await this.#change(promptId, (draft) => draft.undeprecate(draft.require(reference)))
  }

  /**
   * Adds tags to a version and removes others; returns those that it has then, sorted. Any number of versions can have
   * the same tag.
   * @throws StorageError OPT-VER-002 for a version that does not exist
   */
  async tag(promptId: string, version: string, changes: TagChanges): Promise<readonly string[]> {
    checkPromptId(promptId)
    const reference = parseReference(version, 'version')
    const { add, remove } = checkTags(changes)
    return await this.#change(promptId, (draft) => draft.tag(draft.require(reference), add, remove))
  }

  /**
   * The versions of all prompts that have everything that is asked for, by prompt id, the newest first. Documents are
   * read only for `text`, and only those that have the rest.
   */
  async search(options?: SearchOptions): Promise<readonly VersionRecord[]> {
    const checked = checkSearch(this.#storage, options)
    return await keepOpenWhile(this.#storage, async (storage) => await search(storage, checked))
  }

  /**
   * Runs `work` and commits all that it has changed, in one transaction. What it has read is checked at the commit: if
   * another call or process has changed one of these prompts meanwhile, nothing is stored and `work` is called again. So
   * it should do nothing else that cannot be repeated. Nothing is stored either if it throws. At most 64 prompts.
   *
   * @returns what `work` returns
   */
  async transaction<Result>(work: (tx: RegistryTransaction) => Promise<Result>): Promise<Result> {
    if (typeof work !== 'function')
      throw wrongArgument(`Argument "work" must be a function, got ${shown(work)}`)
    return await keepOpenWhile(this.#storage, async (storage) => {
      for (;;) {
        const transaction = new TransactionDraft(storage, this.#rules())
        const result = await work(transaction)
        if (await transaction.commit()) return result
      }
    })
  }

  /** Which versions a policy would remove; nothing is removed. @param promptId null for every prompt */
  async planRetention(promptId: string, policy: RetentionPolicy): Promise<PromptRetention>
  async planRetention(promptId: null, policy: RetentionPolicy): Promise<readonly PromptRetention[]>
  async planRetention(
    promptId: string | null,
    policy: RetentionPolicy,
  ): Promise<PromptRetention | readonly PromptRetention[]> {
    const retention = checkRetention(policy, this.#now())
    return await this.#forEach(promptId, async (storage, id) =>
      planOf(id, await readSummaries(storage, id), await readHead(storage, id), retention),
    )
  }

  /**
   * Removes what the policy does not keep, into the trash where there is one, and returns what was removed. It is decided
   * in the commit: the latest version, the latest stable one and labelled ones are never removed, whatever happens
   * meanwhile, and neither is a version that is saved meanwhile or cannot be read. One transaction for each prompt, or
   * for each 1000 versions of it.
   *
   * @param promptId null for every prompt
   */
  async applyRetention(promptId: string, policy: RetentionPolicy): Promise<PromptRetention>
  async applyRetention(promptId: null, policy: RetentionPolicy): Promise<readonly PromptRetention[]>
  async applyRetention(
    promptId: string | null,
    policy: RetentionPolicy,
  ): Promise<PromptRetention | readonly PromptRetention[]> {
    const retention = checkRetention(policy, this.#now())
    return await this.#forEach(
      promptId,
      async (storage, id) =>
        await this.#queue.run(id, async () => {
          const summaries = await readSummaries(storage, id)
          return await retire(
            async (decide) => await this.#decide(storage, id, decide),
            // The labels are those at the commit.
            summaries.map((summary) => ({ ...summary, labels: [] })),
            retention,
          )
        }),
    )
  }

  /** Ends the scheduled retention, after the prompt that it is at; the storage stays open. */
  async close(): Promise<void> {
    await this.#retention?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #forEach<Result>(
    promptId: string | null,
    work: (storage: RegistryStorage, promptId: string) => Promise<Result>,
  ): Promise<Result | readonly Result[]> {
    if (promptId !== null) checkPromptId(promptId)
    return await keepOpenWhile(this.#storage, async (storage) => {
      if (promptId !== null) return await work(storage, promptId)
      const results: Result[] = []
      for (const id of await listIds(storage)) results.push(await work(storage, id))
      return Object.freeze(results)
    })
  }

  /** @param name of the argument */
  async #require(promptId: string, name: string, text: string): Promise<PromptVersion> {
    checkPromptId(promptId)
    const reference = parseReference(text, name)
    return await keepOpenWhile(
      this.#storage,
      async (storage) => await requireReferenced(storage, promptId, reference),
    )
  }

  /** Commits what `decide` changes in the prompt, after earlier changes of this process. */
  async #change<Result>(promptId: string, decide: (draft: PromptDraft) => Result): Promise<Result> {
    return await this.#inTurn(
      promptId,
      async (storage) => await this.#decide(storage, promptId, decide),
    )
  }

  /** One at a time for each prompt in this process: all would choose the same number, and only one could have it. */
  async #inTurn<Result>(
    promptId: string,
    work: (storage: RegistryStorage) => Promise<Result>,
  ): Promise<Result> {
    return await keepOpenWhile(
      this.#storage,
      async (storage) => await this.#queue.run(promptId, async () => await work(storage)),
    )
  }

  /** Commits what `decide` changes in the draft; `decide` may be called more than once. */
  async #decide<Result>(
    storage: RegistryStorage,
    promptId: string,
    decide: (draft: PromptDraft) => Result,
  ): Promise<Result> {
    return await storage.transact([promptId], ([view]) => {
      const draft = new PromptDraft(view as PromptView, this.#rules())
      const result = decide(draft)
      return { changes: draft.changes(), result }
    })
  }

  #rules(): DraftRules {
    return { at: this.#now().toISOString(), protectedLabels: this.#protected }
  }
}

import { checkPromptId } from '../../document/prompt-id.js'
import { queueOf, type KeyedQueue } from '../../base/keyed-queue.js'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import type { Deprecation, LabelMove, PromptView } from '../prompt-heads.js'
import type { Prompt, PromptContent } from '../prompts/prompt.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import {
  keepOpenWhile,
  type InputOf,
  type StandardSchema,
  type VersionDocument,
} from '../version-storage.js'
import { lastMove, undo } from './label-rollback.js'
import { checkPayload, payloadSchemaOf, type ContentOf } from './payloads.js'
import { PromptDraft, type DraftRules } from './prompt-draft.js'
import { publishDocument } from './publishing-documents.js'
import { checkContent, publishPrompt, type Decide, type Published } from './publishing.js'
import { parseReference } from './reference.js'
import {
  checkLabel,
  checkMove,
  checkNote,
  checkPublish,
  checkRegistry,
  checkTags,
  type AnyStorage,
  type LabelOptions,
  type PromptRegistryOptions,
  type PublishOptions,
  type TagChanges,
} from './registry-options.js'
import { RegistryReader } from './registry-reader.js'
import { TransactionDraft, type RegistryTransaction } from './registry-transaction.js'
import type { RetentionPolicy } from './retention-policy.js'
import { checkRetention, planOf, retire, type PromptRetention } from './retiring.js'
import { ScheduledRetention } from './scheduled-retention.js'
import { listIds, readHead, readLatest, readSummaries, type Latest } from './storage-reads.js'

/**
 * Prompts in production: published versions, labels that say which one is live, who moved them and why. Everything is
 * in the storage, and each call reads it there: a move by another process is seen by the next call.
 *
 * A version is named by a reference: `1.4.2`, `^1.2`, `latest`, `@production`.
 */
export class PromptRegistry<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
> extends RegistryReader<Version> {
  readonly #storage: AnyStorage
  readonly #schema: StandardSchema<VersionDocument> | undefined
  readonly #protected: ReadonlySet<string>
  readonly #now: () => Date
  readonly #queue: KeyedQueue
  readonly #retention: ScheduledRetention | undefined

  /** @throws TypeError for wrong options, and for a storage without transactions */
  // Its own signature, so that `new InMemoryStorage()` within the options is inferred to be one of prompts.
  constructor(options: PromptRegistryOptions)
  constructor(options: PromptRegistryOptions<Version, Input>)
  constructor(options: PromptRegistryOptions<Version, Input>) {
    const { storage, protectedLabels, now, retention } = checkRegistry(options)
    const schema = payloadSchemaOf(storage)
    super(storage, schema)
    this.#storage = storage
    this.#schema = schema
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
   * @param content `{ text }` or `{ messages, config }`; of other documents everything but the recorded fields
   * @throws TypeError for arguments that do not fit; StorageError OPT-VER-002 for a parent that does not exist,
   * OPT-LABEL-001 for a protected label; otherwise as saveVersion does
   */
  async publish(
    promptId: string,
    content: ContentOf<Version, Input>,
    options?: PublishOptions,
  ): Promise<Published<Version>> {
    const schema = this.#schema
    // At once, in the caller's own turn: inside the queue, the stack would not show the caller's frames.
    const payload = schema && checkPayload(promptId, content)
    const prompt = payload ?? checkContent(promptId, content as PromptContent)
    const checked = checkPublish(options)
    const published = await this.#inTurn(promptId, async (storage) => {
      const latest = async (): Promise<Latest | undefined> => await readLatest(storage, promptId)
      const decide: Decide = async (change) => await this.#decide(storage, promptId, change)
      if (schema !== undefined && payload !== undefined)
        return await publishDocument({ decide, latest, schema }, payload, checked)
      return await publishPrompt({ decide, latest }, prompt as Prompt, checked)
    })
    return published as unknown as Published<Version>
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
   * Runs `work` and commits all that it has changed, in one transaction. What it has read is checked at the commit: if
   * another call or process has changed one of these prompts meanwhile, nothing is stored and `work` is called again. So
   * it should do nothing else that cannot be repeated. Nothing is stored either if it throws. At most 64 prompts.
   *
   * @returns what `work` returns
   */
  async transaction<Result>(
    work: (tx: RegistryTransaction<Version, Input>) => Promise<Result>,
  ): Promise<Result> {
    if (typeof work !== 'function')
      throw wrongArgument(`Argument "work" must be a function, got ${shown(work)}`)
    return await keepOpenWhile(this.#storage, async (storage) => {
      for (;;) {
        const transaction = new TransactionDraft(storage, this.#rules(), this.#schema)
        const result = await work(transaction as unknown as RegistryTransaction<Version, Input>)
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
    work: (storage: AnyStorage, promptId: string) => Promise<Result>,
  ): Promise<Result | readonly Result[]> {
    if (promptId !== null) checkPromptId(promptId)
    return await keepOpenWhile(this.#storage, async (storage) => {
      if (promptId !== null) return await work(storage, promptId)
      const results: Result[] = []
      for (const id of await listIds(storage)) results.push(await work(storage, id))
      return Object.freeze(results)
    })
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
    work: (storage: AnyStorage) => Promise<Result>,
  ): Promise<Result> {
    return await keepOpenWhile(
      this.#storage,
      async (storage) => await this.#queue.run(promptId, async () => await work(storage)),
    )
  }

  /** Commits what `decide` changes in the draft; `decide` may be called more than once. */
  async #decide<Result>(
    storage: AnyStorage,
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

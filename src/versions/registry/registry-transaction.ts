import { isDeepStrictEqual } from 'node:util'
import { wrongArgument } from '../../base/misuse.js'
import { checkPromptId } from '../../document/prompt-id.js'
import type { Deprecation, LabelMove, LabelState, PromptView } from '../prompt-heads.js'
import type { Prompt, PromptContent } from '../prompts/prompt.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import type { InputOf, StandardSchema, VersionDocument } from '../version-storage.js'
import { checkLabelName } from './label-name.js'
import { checkPayload, type ContentOf } from './payloads.js'
import { PromptDraft, type DraftRules } from './prompt-draft.js'
import { checkContent, publishInto, type Published } from './publishing.js'
import { publishDocument } from './publishing-documents.js'
import { parseReference } from './reference.js'
import {
  checkMove,
  checkNote,
  checkPublish,
  checkTags,
  type LabelOptions,
  type PublishOptions,
  type AnyStorage,
  type TagChanges,
} from './registry-options.js'
import { readDocument, readView, type Latest } from './storage-reads.js'

/** What the function of a transaction works with. */
export interface RegistryTransaction<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
> extends Omit<TransactionDraft, 'commit' | 'get' | 'publish'> {
  /** As the registry's, with what the transaction itself has published. */
  get(promptId: string, reference?: string): Promise<Version | undefined>
  /** As the registry's; stored at the commit. */
  publish(
    promptId: string,
    content: ContentOf<Version, Input>,
    options?: PublishOptions,
  ): Promise<Published<Version>>
}

/**
 * Reads and changes of several prompts, which are committed together. Its methods are those of the registry; they see
 * what the transaction itself has changed. Nothing is stored before the commit.
 */
export class TransactionDraft {
  readonly #storage: AnyStorage
  readonly #rules: DraftRules
  readonly #schema: StandardSchema<VersionDocument> | undefined
  readonly #drafts = new Map<string, Promise<PromptDraft>>()
  #hasEnded = false

  /** @param schema that of documents that are not prompts */
  constructor(storage: AnyStorage, rules: DraftRules, schema?: StandardSchema<VersionDocument>) {
    this.#storage = storage
    this.#rules = rules
    this.#schema = schema
  }

  async get(promptId: string, reference = 'latest'): Promise<VersionDocument | undefined> {
    const parsed = parseReference(reference)
    const draft = await this.#draft(promptId)
    const version = draft.find(parsed)
    if (version === undefined) return undefined
    return draft.saved(version) ?? (await this.#storage.getVersion(promptId, version))
  }

  async labels(promptId: string): Promise<Readonly<Record<string, LabelState>>> {
    return (await this.#draft(promptId)).head.labels
  }

  async publish(
    promptId: string,
    content: unknown,
    options?: PublishOptions,
  ): Promise<Published<VersionDocument>> {
    const schema = this.#schema
    const payload = schema === undefined ? undefined : checkPayload(promptId, content)
    const prompt = payload ?? checkContent(promptId, content as PromptContent)
    const checked = checkPublish(options)
    const draft = await this.#draft(promptId)
    if (schema !== undefined && payload !== undefined) {
      const decide = async <Result>(change: (draft: PromptDraft) => Result): Promise<Result> =>
        await Promise.resolve(change(draft))
      const latest = async (): Promise<Latest | undefined> => await this.#latest(draft)
      return await publishDocument({ decide, latest, schema }, payload, checked)
    }
    for (;;) {
      const latest = await this.#latest(draft)
      // Another call of this transaction may have published meanwhile.
      if (draft.latest === latest?.version)
        return publishInto(draft, prompt as Prompt, latest, checked)
    }
  }

  async #latest(draft: PromptDraft): Promise<Latest | undefined> {
    const { latest, promptId } = draft
    const document = latest === undefined ? undefined : draft.saved(latest)
    return document === undefined
      ? await readDocument(this.#storage, promptId, latest)
      : { version: document.version, document }
  }

  async label(
    promptId: string,
    label: string,
    version: string,
    options?: LabelOptions,
  ): Promise<LabelMove> {
    checkLabelName(label)
    const reference = parseReference(version, 'version')
    const rules = checkMove(options, 'label')
    const draft = await this.#draft(promptId)
    return draft.move(label, draft.require(reference), rules)
  }

  async unlabel(
    promptId: string,
    label: string,
    options?: LabelOptions,
  ): Promise<LabelMove | undefined> {
    checkLabelName(label)
    const rules = checkMove(options, 'unlabel')
    const move = (await this.#draft(promptId)).move(label, null, rules)
    return move.from === null ? undefined : move
  }

  async deprecate(
    promptId: string,
    version: string,
    options?: { readonly by?: string; readonly reason?: string },
  ): Promise<Deprecation> {
    const reference = parseReference(version, 'version')
    const note = checkNote(options, 'deprecate')
    const draft = await this.#draft(promptId)
    return draft.deprecate(draft.require(reference), note)
  }

  async tag(promptId: string, version: string, changes: TagChanges): Promise<readonly string[]> {
    const reference = parseReference(version, 'version')
    const { add, remove } = checkTags(changes)
    const draft = await this.#draft(promptId)
    return draft.tag(draft.require(reference), add, remove)
  }

  async #draft(promptId: string): Promise<PromptDraft> {
    checkPromptId(promptId)
    if (this.#hasEnded)
      throw wrongArgument('The transaction has ended: await its calls within the function')
    const known = this.#drafts.get(promptId)
    if (known !== undefined) return await known
    const reading = readView(this.#storage, promptId).then(
      (view) => new PromptDraft(view, this.#rules),
    )
    this.#drafts.set(promptId, reading)
    return await reading
  }

  /** Commits everything, unless a prompt is not any more as it was read: then false, and nothing is stored. */
  async commit(): Promise<boolean> {
    this.#hasEnded = true
    const drafts = await Promise.all(this.#drafts.values())
    if (drafts.length === 0) return true
    return await this.#storage.transact(
      drafts.map(({ promptId }) => promptId),
      (views) => {
        const isFresh = drafts.every((draft, at) => isSameView(draft.view, views[at]))
        return {
          changes: isFresh ? drafts.flatMap((draft) => draft.changes()) : [],
          result: isFresh,
        }
      },
    )
  }
}

function isSameView(read: PromptView, now: PromptView | undefined): boolean {
  return isDeepStrictEqual(read.head, now?.head) && isDeepStrictEqual(read.versions, now?.versions)
}

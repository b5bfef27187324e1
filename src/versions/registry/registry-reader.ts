import { checkPromptId } from '../../document/prompt-id.js'
import type { LabelMove, LabelState } from '../prompt-heads.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import {
  keepOpenWhile,
  resolveListOptions,
  type ListOptions,
  type StandardSchema,
  type VersionDocument,
} from '../version-storage.js'
import type { VersionChanges } from '../version-watch.js'
import { DOCUMENTS, PROMPTS, type Contents, type VersionDiff } from './compare-versions.js'
import { follow, type FollowOptions } from './following.js'
import type { MergeResult } from './merge.js'
import type { MergedOf } from './payloads.js'
import { parseReference } from './reference.js'
import { checkLabel, type AnyStorage } from './registry-options.js'
import { checkSearch, search, type SearchOptions } from './search.js'
import { readHead, readReferenced, readSummaries, requireReferenced } from './storage-reads.js'
import { graphOf, recordOf, type PromptGraph, type VersionRecord } from './version-records.js'

/** What a registry reads. */
export class RegistryReader<Version extends VersionDocument = PromptVersion> {
  readonly #storage: AnyStorage
  readonly #contents: Contents

  /** @param schema that of documents that are not prompts */
  constructor(storage: AnyStorage, schema: StandardSchema<VersionDocument> | undefined) {
    this.#storage = storage
    this.#contents = schema === undefined ? PROMPTS : DOCUMENTS
  }

  /**
   * The version that a reference names; `undefined` when there is none.
   *
   * @throws TypeError for a text that is not a reference; StorageError OPT-VER-002 for 'latest' where all versions are
   * pre-releases
   */
  async get(promptId: string, reference = 'latest'): Promise<Version | undefined> {
    checkPromptId(promptId)
    const parsed = parseReference(reference)
    return (await keepOpenWhile(
      this.#storage,
      async (storage) => await readReferenced(storage, promptId, parsed),
    )) as Version | undefined
  }

  /**
   * What `get` returns, now and whenever that has changed, for `for await`: a label that moves, a new latest version.
   * Changes of all processes count. A consumer that is slower than the changes gets the last one. The iteration ends
   * with `break`, with the signal, or when the storage is closed; the process stays alive while it waits.
   *
   * @throws as `get` does, also from the iteration; TypeError for a storage that reports no changes
   */
  watch(
    promptId: string,
    reference = 'latest',
    options?: FollowOptions,
  ): VersionChanges<Version | undefined> {
    checkPromptId(promptId)
    parseReference(reference)
    const read = async (): Promise<Version | undefined> => await this.get(promptId, reference)
    const documents = follow({ storage: this.#storage, promptId, read }, options)
    return documents as VersionChanges<Version | undefined>
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
    return await this.#contents.diff(
      await this.#require(promptId, 'from', from),
      await this.#require(promptId, 'to', to),
    )
  }

  /**
   * Merges the changes of two versions since a third one, and returns the content, to be published, or the conflicts.
   * Nothing is stored.
   * @throws StorageError OPT-VER-002 when one of the three does not exist
   */
  async merge(
    promptId: string,
    base: string,
    ours: string,
    theirs: string,
  ): Promise<MergeResult<MergedOf<Version>>> {
    const merged = await this.#contents.merge(
      await this.#require(promptId, 'base', base),
      await this.#require(promptId, 'ours', ours),
      await this.#require(promptId, 'theirs', theirs),
    )
    return merged as MergeResult<MergedOf<Version>>
  }

  /**
   * The versions of all prompts that have everything that is asked for, by prompt id, the newest first. Documents are
   * read only for `text`, and only those that have the rest.
   */
  async search(options?: SearchOptions): Promise<readonly VersionRecord[]> {
    const checked = checkSearch(this.#storage, options)
    return await keepOpenWhile(
      this.#storage,
      async (storage) => await search(storage, checked, this.#contents.textsOf),
    )
  }

  /** @param name of the argument */
  async #require(promptId: string, name: string, text: string): Promise<VersionDocument> {
    checkPromptId(promptId)
    const reference = parseReference(text, name)
    return await keepOpenWhile(
      this.#storage,
      async (storage) => await requireReferenced(storage, promptId, reference),
    )
  }
}

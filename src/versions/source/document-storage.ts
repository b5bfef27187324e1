import { StorageError } from '../../base/errors.js'
import { countedSteps, Lifecycle } from '../../base/lifecycle.js'
import { booleanOption, rejectUnknown } from '../../base/options.js'
import { inTurn } from '../../base/turns.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { documentTime } from '../../base/clock.js'
import { checkVersion, STORED_VERSIONS } from '../../document/version-number.js'
import { acceptAll, checkBatch } from '../accept-version.js'
import { viewAsOf } from '../as-of-view.js'
import { ChangeFeed } from '../change-feed.js'
import { CommitClock } from '../commit-clock.js'
import { checkPromptIds, deletionOf } from '../prompt-change.js'
import type { Decision, LabelMove, PromptHead, PromptView } from '../prompt-heads.js'
import { movesIn } from '../prompt-history.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import { versionOf } from '../schema-info.js'
import type { AsOfOptions, VersionsAsOf } from '../time-travel.js'
import type { CacheStats } from '../version-cache.js'
import type { VersionCopies } from '../version-copies.js'
import {
  iteratePromptIds,
  iterateVersions,
  type PromptIdsOptions,
  type VersionsOptions,
} from '../version-iteration.js'
import type * as contract from '../version-storage.js'
import type * as watching from '../version-watch.js'
import {
  listedIds,
  pageOf,
  resolveListOptions,
  type GivenOf,
  type StandardSchema,
} from '../version-storage.js'
import { summariesOf, type VersionSummary } from '../version-summaries.js'
import { DocumentReader } from './document-reader.js'
import type { Coherence, DocumentSource, SourceReport } from './document-source.js'
import { resolveDocumentOptions, type DocumentStorageOptions } from './document-storage-options.js'
import { DocumentWriter, type WriterRules } from './document-writer.js'
import { allDocuments, checkDocuments, type IntegrityReport } from './integrity.js'
import { SourceCopies } from './source-copies.js'
import { SourcePast } from './source-past.js'
import { SUPPORTS_ALL, type Supports } from '../supports.js'
import type { VersionStore } from '../version-store.js'

/** How a read treats what is in memory. */
export interface ReadOptions {
  /**
   * Whether the source is asked for changes first, so that the answer shows everything that was acknowledged before the
   * call, anywhere. Default false: as `coherence` says.
   */
  readonly fresh?: boolean
}

const SUPPORTS_SOURCE: Supports = Object.freeze({ ...SUPPORTS_ALL, integrity: true })

/** Versions in a source of documents: a database, an object store, or one of your own. */
export class DocumentStorage<
  Version extends contract.VersionDocument = PromptVersion,
  SchemaInput = unknown,
> implements VersionStore<Version, GivenOf<Version, SchemaInput>> {
  readonly supports: Supports = SUPPORTS_SOURCE
  readonly #source: DocumentSource
  readonly #rules: WriterRules<Version>
  readonly #reader: DocumentReader<Version>
  readonly #writer: DocumentWriter<Version>
  readonly #feed = new ChangeFeed()
  readonly #clock = new CommitClock()
  readonly #life: Lifecycle
  #endFollowing: (() => void) | undefined

  /**
   * @param source open, and used by this storage alone, which closes it
   * @throws TypeError, RangeError naming the option
   */
  constructor(source: DocumentSource, options: DocumentStorageOptions<Version, SchemaInput> = {}) {
    const resolved = resolveDocumentOptions<Version>(options, 'DocumentStorage')
    const { schema, allowPrerelease, schemaInfo, upgrade, validateOnRead } = resolved
    const schemaVersion = versionOf(schemaInfo)
    this.#source = source
    this.#rules = { schema, allowPrerelease, schemaVersion }
    const reading = { schema, schemaVersion, upgrade, validateOnRead, checksums: true }
    this.#reader = new DocumentReader(source, reading, resolved)
    this.#writer = new DocumentWriter(source, this.#reader, this.#rules)
    this.#life = new Lifecycle(() => new StorageError('FS-CLOSED-001', 'The storage is closed'))
    source.listen((events) => this.#apply(events))
  }

  /** What copies to other storages and from them read and write: see `migrate`. */
  get copies(): VersionCopies {
    return new SourceCopies(this.#source, this.#reader, this.#writer, this.#life)
  }

  get schema(): StandardSchema<Version> {
    return this.#rules.schema
  }

  /** When changes of other processes and nodes are seen. */
  get coherence(): Coherence {
    return this.#source.coherence
  }

  /** Undefined without a cache. */
  get cacheStats(): CacheStats | undefined {
    return this.#reader.cacheStats
  }

  async saveVersion(
    version: GivenOf<Version, SchemaInput>,
    options?: contract.SaveOptions,
  ): Promise<void> {
    await this.saveVersions([version], options)
  }

  async saveVersions(
    versions: readonly GivenOf<Version, SchemaInput>[],
    options?: contract.SaveOptions,
  ): Promise<void> {
    checkBatch(versions)
    await this.#life.run(async () => {
      await this.#writer.save(await acceptAll<Version>(versions, options, this.#rules))
    })
  }

  getVersion(
    promptId: string,
    version: string,
    options?: ReadOptions,
  ): Promise<Version | undefined> {
    // Most reads by far. What is in memory has a name that was checked.
    if (options === undefined && this.#life.isOpen) {
      const known = this.#reader.known(promptId, version)
      if (known !== undefined) return inTurn(known)
    }
    return this.#getVersion(promptId, version, options)
  }

  async listVersions(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly Version[]> {
    checkPromptId(promptId)
    const page = resolveListOptions(options, 'listVersions')
    return await this.#life.run(async () => await this.#reader.page(promptId, page))
  }

  async listVersionNames(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly string[]> {
    return await this.#page(promptId, options, 'listVersionNames', async (versions) => {
      return await Promise.resolve(versions)
    })
  }

  async listVersionSummaries(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly VersionSummary[]> {
    return await this.#page(promptId, options, 'listVersionSummaries', async (versions) => {
      const facts = await this.#reader.facts(promptId, versions)
      return summariesOf(facts, await this.#reader.head(promptId))
    })
  }

  async getLatestVersion(promptId: string, options?: ReadOptions): Promise<Version | undefined> {
    checkPromptId(promptId)
    const fresh = freshOption(options, 'getLatestVersion')
    return await this.#life.run(async () => await this.#reader.latest(promptId, fresh))
  }

  async getLatestVersionName(promptId: string): Promise<string | undefined> {
    checkPromptId(promptId)
    return await this.#life.run(async () => (await this.#reader.names(promptId)).at(-1))
  }

  async deleteVersion(promptId: string, version: string): Promise<boolean> {
    checkPromptId(promptId)
    checkVersion(version, STORED_VERSIONS)
    return (await this.deleteVersions(promptId, [version])).length > 0
  }

  async deleteVersions(promptId: string, versions: readonly string[]): Promise<readonly string[]> {
    return await this.transact([promptId], deletionOf(promptId, versions))
  }

  versions(options: VersionsOptions): AsyncGenerator<Version, void, void> {
    const source = {
      names: async (promptId: string) => await this.#reader.names(promptId),
      read: async (promptId: string, versions: readonly string[]) =>
        await this.#reader.documents(promptId, versions),
    }
    return countedSteps(this.#life, iterateVersions(source, options))
  }

  promptIds(options?: PromptIdsOptions): AsyncGenerator<string, void, void> {
    return countedSteps(
      this.#life,
      iteratePromptIds(async () => await this.#ids(), options),
    )
  }

  async clearAll(): Promise<void> {
    await this.#life.run(async () => {
      await this.#source.clear()
      this.#reader.apply({ kind: 'reset' })
    })
  }

  async listPromptIds(options?: contract.ListIdsOptions): Promise<readonly string[]> {
    const listed = listedIds(options)
    return await this.#life.run(async () => listed(await this.#ids()))
  }

  async transact<Result>(
    promptIds: readonly string[],
    decide: (views: readonly PromptView[]) => Decision<GivenOf<Version, SchemaInput>, Result>,
  ): Promise<Result> {
    checkPromptIds(promptIds)
    const ids = [...promptIds]
    return await this.#life.run(async () => await this.#writer.transact(ids, decide))
  }

  async readHead(promptId: string, options?: ReadOptions): Promise<PromptHead | undefined> {
    checkPromptId(promptId)
    const fresh = freshOption(options, 'readHead')
    return await this.#life.run(async () => await this.#reader.head(promptId, fresh))
  }

  async listLabelMoves(promptId: string): Promise<readonly LabelMove[]> {
    checkPromptId(promptId)
    return await this.#life.run(async () => {
      return movesIn((await this.#source.past(promptId)).history)
    })
  }

  asOf(
    time: Date | number | string,
    options?: AsOfOptions,
  ): VersionsAsOf<Version, GivenOf<Version, SchemaInput>> {
    const past = new SourcePast(this.#source, this.#reader, this.#life)
    return viewAsOf(past, this.#clock, time, options)
  }

  watch(options: watching.LabelWatchOptions): watching.VersionChanges<watching.AnyChange>
  watch(options?: watching.WatchOptions): watching.VersionChanges
  watch(
    options?: Partial<watching.LabelWatchOptions>,
  ): watching.VersionChanges<watching.AnyChange> {
    this.#life.assertOpen()
    const changes = this.#feed.watch(options)
    if (this.#feed.watched) this.#endFollowing ??= this.#source.follow()
    return changes
  }

  /** Reads every document with its checksum, and says what is damaged. */
  async checkIntegrity(): Promise<IntegrityReport> {
    const documents = allDocuments(this.#source)
    return await this.#life.run(async () => await checkDocuments(documents, this.#source.place))
  }

  async keepOpenWhile<Result>(work: (storage: this) => Promise<Result>): Promise<Result> {
    return await this.#life.runTogether(this, work)
  }

  /** Completes every earlier call and refuses later ones. Idempotent. */
  close(): Promise<void> {
    return this.#life.close(async () => {
      // Watchers are told what was committed before this call, if the source can still be asked.
      if (this.#feed.watched) await this.#source.refresh(true)?.catch(() => undefined)
      this.#feed.close()
      this.#endFollowing?.()
      await this.#source.close()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #getVersion(
    promptId: string,
    version: string,
    options: ReadOptions | undefined,
  ): Promise<Version | undefined> {
    checkPromptId(promptId)
    checkVersion(version, STORED_VERSIONS)
    const fresh = freshOption(options, 'getVersion')
    return await this.#life.run(async () => await this.#reader.document(promptId, version, fresh))
  }

  async #page<Item>(
    promptId: string,
    options: contract.ListOptions | undefined,
    where: string,
    read: (versions: readonly string[]) => Promise<readonly Item[]>,
  ): Promise<readonly Item[]> {
    checkPromptId(promptId)
    const page = resolveListOptions(options, where)
    return await this.#life.run(async () => {
      return await read(pageOf(await this.#reader.names(promptId), page))
    })
  }

  async #ids(): Promise<readonly string[]> {
    return Object.freeze([...(await this.#source.ids())].sort())
  }

  #apply(events: readonly SourceReport[]): void {
    if (!this.#feed.watched && this.#endFollowing !== undefined) {
      this.#endFollowing()
      this.#endFollowing = undefined
    }
    for (const event of events) {
      this.#reader.apply(event)
      this.#publish(event)
    }
  }

  #publish(event: SourceReport): void {
    if (!this.#feed.watched || event.kind === 'expired') return
    const at = documentTime().toISOString()
    if (event.kind === 'head') this.#feed.publishMoves(event.promptId, event.moves, at)
    else if (event.kind === 'reset')
      this.#feed.publish({ ...event, prompt_id: '', version: '', at })
    else {
      const { kind, promptId, version } = event
      this.#feed.publish({ kind, prompt_id: promptId, version, at })
    }
  }
}

function freshOption(options: ReadOptions | undefined, where: string): boolean {
  rejectUnknown(options, ['fresh'], where)
  return booleanOption('fresh', options?.fresh, false)
}

import { documentTime } from '../base/clock.js'
import { countedSteps, Lifecycle } from '../base/lifecycle.js'
import { inTurn } from '../base/turns.js'
import { checkPromptId } from '../document/prompt-id.js'
import { promptVersionSchema, type PromptVersion } from './prompts/prompt-version.js'
import { utcOffsetOption } from '../document/timestamp.js'
import { checkVersion, STORED_VERSIONS, type VersionGrammar } from '../document/version-number.js'
import { StorageError, VersionConflictError } from '../base/errors.js'
import { booleanOption, functionOption, rejectUnknown } from '../base/options.js'
import {
  checkSchema,
  type AcceptanceRules,
  acceptAll,
  ifSameOption,
  isSameContent,
  type Candidates,
} from './accept-version.js'
import type * as contract from './version-storage.js'
import type * as watching from './version-watch.js'
import {
  listedIds,
  pageOf,
  resolveListOptions,
  type GivenOf,
  type SchemaOf,
  type StandardSchema,
} from './version-storage.js'
import { viewAsOf } from './as-of-view.js'
import { MemoryPast } from './memory-past.js'
import type { AsOfOptions, VersionsAsOf } from './time-travel.js'
import { movesIn } from './prompt-history.js'
import {
  schemaInfoOption,
  upgradeOption,
  versionOf,
  type SchemaInfo,
  type Upgrade,
} from './schema-info.js'
import type { VersionCopies } from './version-copies.js'
import { summariesOf, type VersionSummary } from './version-summaries.js'
import {
  iteratePromptIds,
  iterateVersions,
  type PromptIdsOptions,
  type VersionsOptions,
} from './version-iteration.js'
import { CommitClock } from './commit-clock.js'
import {
  commitTimesOf,
  documentsOf,
  EXPORT_FORMAT,
  savedAtOf,
  type VersionExport,
} from './memory-export.js'
import { exportedRecords, recordsOf, type Imported } from './exported-heads.js'
import { MemoryChanges } from './memory-changes.js'
import { MemoryCopies } from './memory-copies.js'
import { MemoryState } from './memory-state.js'
import { checkPromptIds, deletionOf, planChanges } from './prompt-change.js'
import type { Decision, LabelMove, PromptHead, PromptView } from './prompt-heads.js'
import { SUPPORTS_ALL, type Supports } from './supports.js'
import type { VersionStore } from './version-store.js'

export interface MemoryStorageOptions<
  Version extends contract.VersionDocument,
  SchemaInput = unknown,
> extends VersionGrammar {
  /** The schema of the documents. Default: that of PromptVersion. */
  readonly schema?: StandardSchema<Version, SchemaInput>
  /** Name and version of the schema; `exportData` includes them. Default: none. */
  readonly schemaInfo?: SchemaInfo | undefined
  /**
   * Called for each document of an export that was made with an earlier version of the schema than `schemaInfo` says.
   * Its result has to fit the schema, and is imported. Default: none, such documents have to fit as they are.
   */
  readonly upgrade?: Upgrade | undefined
  /** The clock of commits and change events; the system's by default. */
  readonly now?: () => Date
}

/** The schema is required for documents other than PromptVersion. */
type MemoryStorageArguments<Version extends contract.VersionDocument, SchemaInput> =
  unknown extends SchemaOf<Version>
    ? [options?: MemoryStorageOptions<Version>]
    : [options: MemoryStorageOptions<Version, SchemaInput> & SchemaOf<Version>]

export interface ImportDataOptions extends contract.SaveOptions {
  /** How far times without a zone are ahead of UTC, in minutes; 0 by default. */
  readonly utcOffsetMinutes?: number
}

const MEMORY_OPTION_NAMES = ['schema', 'schemaInfo', 'upgrade', 'now', 'allowPrerelease']

/** Keeps versions in memory only: for tests, development and small, short-lived sets. */
export class MemoryStorage<
  Version extends contract.VersionDocument = PromptVersion,
  SchemaInput = unknown,
> implements VersionStore<Version, GivenOf<Version, SchemaInput>> {
  readonly supports: Supports = SUPPORTS_ALL
  readonly #rules: AcceptanceRules<Version>
  readonly #schemaInfo: SchemaInfo | undefined
  readonly #upgrade: Upgrade | undefined
  readonly #clock: CommitClock
  readonly #state: MemoryState<Version>
  readonly #changes: MemoryChanges<Version>
  readonly #life = new Lifecycle(() => new StorageError('FS-CLOSED-001', 'The storage is closed'))

  constructor(...[options = {}]: MemoryStorageArguments<Version, SchemaInput>) {
    rejectUnknown(options, MEMORY_OPTION_NAMES, 'InMemoryStorage')
    if (options.schema !== undefined) checkSchema(options.schema)
    this.#rules = {
      // Without a schema, Version is its default, PromptVersion.
      schema: options.schema ?? (promptVersionSchema as unknown as StandardSchema<Version>),
      allowPrerelease: booleanOption('allowPrerelease', options.allowPrerelease, false),
    }
    this.#schemaInfo = schemaInfoOption(options.schemaInfo)
    this.#upgrade = upgradeOption(options.upgrade, this.#schemaInfo)
    const now = functionOption('now', options.now, documentTime)
    this.#clock = new CommitClock(now)
    this.#state = new MemoryState(now)
    this.#changes = new MemoryChanges(this.#state, this.#clock, this.#rules)
  }

  /** What copies to other storages and from them read and write: see `migrate`. */
  get copies(): VersionCopies {
    return new MemoryCopies(this.#state, this.#changes, this.#life, versionOf(this.#schemaInfo))
  }

  get schema(): StandardSchema<Version> {
    return this.#rules.schema
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
    await this.#life.run(async () => {
      this.#keepNew(await acceptAll<Version>(versions, options, this.#rules))
    })
  }

  async getVersion(promptId: string, version: string): Promise<Version | undefined> {
    this.#check(promptId, version)
    return await inTurn(this.#state.document(promptId, version))
  }

  async listVersions(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly Version[]> {
    const page = this.#page(promptId, options, 'listVersions')
    return await inTurn(Object.freeze(this.#state.documents(promptId, page)))
  }

  async listVersionNames(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly string[]> {
    return await inTurn(this.#page(promptId, options, 'listVersionNames'))
  }

  async listVersionSummaries(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly VersionSummary[]> {
    const page = this.#page(promptId, options, 'listVersionSummaries')
    const facts = this.#state.facts(promptId, page)
    return await inTurn(summariesOf(facts, this.#state.head(promptId)))
  }

  async getLatestVersion(promptId: string): Promise<Version | undefined> {
    const latest = this.#latest(promptId)
    return await inTurn(latest === undefined ? undefined : this.#state.document(promptId, latest))
  }

  async getLatestVersionName(promptId: string): Promise<string | undefined> {
    return await inTurn(this.#latest(promptId))
  }

  async deleteVersion(promptId: string, version: string): Promise<boolean> {
    this.#check(promptId, version)
    this.#life.assertOpen()
    const view = this.#state.view(promptId)
    if (!view.versions.includes(version)) return await inTurn(false)
    const decision = { changes: [{ promptId, delete: [version] }], result: null }
    this.#state.apply(planChanges([view], decision), this.#clock.stamp())
    return true
  }

  async deleteVersions(promptId: string, versions: readonly string[]): Promise<readonly string[]> {
    return await this.transact([promptId], deletionOf(promptId, versions))
  }

  versions(options: VersionsOptions): AsyncGenerator<Version, void, void> {
    return countedSteps(this.#life, iterateVersions(this.#state.source, options))
  }

  promptIds(options?: PromptIdsOptions): AsyncGenerator<string, void, void> {
    const sorted = async (): Promise<readonly string[]> =>
      await Promise.resolve(this.#state.index.sortedIds())
    return countedSteps(this.#life, iteratePromptIds(sorted, options))
  }

  async clearAll(): Promise<void> {
    this.#life.assertOpen()
    this.#state.clear(this.#clock.stamp())
  }

  async listPromptIds(options?: contract.ListIdsOptions): Promise<readonly string[]> {
    const listed = listedIds(options)
    this.#life.assertOpen()
    return await inTurn(listed(this.#state.index.sortedIds()))
  }

  async transact<Result>(
    promptIds: readonly string[],
    decide: (views: readonly PromptView[]) => Decision<GivenOf<Version, SchemaInput>, Result>,
  ): Promise<Result> {
    checkPromptIds(promptIds)
    return await this.#life.run(async () => {
      return await this.#changes.run([...promptIds], (views) => {
        const decision = decide(views)
        return { plans: planChanges(views, decision), result: decision.result }
      })
    })
  }

  async readHead(promptId: string): Promise<PromptHead | undefined> {
    checkPromptId(promptId)
    this.#life.assertOpen()
    return await inTurn(this.#state.head(promptId))
  }

  async listLabelMoves(promptId: string): Promise<readonly LabelMove[]> {
    checkPromptId(promptId)
    this.#life.assertOpen()
    return await inTurn(movesIn(this.#state.history(promptId)))
  }

  asOf(
    time: Date | number | string,
    options?: AsOfOptions,
  ): VersionsAsOf<Version, GivenOf<Version, SchemaInput>> {
    return viewAsOf(new MemoryPast(this.#state, this.#life), this.#clock, time, options)
  }

  /** As that of `FileSystemStorage`. */
  watch(options: watching.LabelWatchOptions): watching.VersionChanges<watching.AnyChange>
  watch(options?: watching.WatchOptions): watching.VersionChanges
  watch(
    options?: Partial<watching.LabelWatchOptions>,
  ): watching.VersionChanges<watching.AnyChange> {
    this.#life.assertOpen()
    return this.#state.feed.watch(options)
  }

  /** Returns everything that is stored, heads and histories of prompts included; `JSON.stringify` it to keep it. */
  exportData(): VersionExport<Version> {
    this.#life.assertOpen()
    const { index } = this.#state
    const versions = index
      .sortedIds()
      .flatMap((promptId) => this.#state.documents(promptId, index.versions(promptId)))
    const records = this.#state.records()
    return Object.freeze({
      format: EXPORT_FORMAT,
      format_version: records.size === 0 ? 1 : 2,
      ...(this.#schemaInfo === undefined ? {} : { schema: this.#schemaInfo }),
      versions: Object.freeze(versions),
      saved_at: savedAtOf(this.#state.commitTimes()),
      ...(records.size === 0 ? {} : { prompts: exportedRecords(records) }),
    })
  }

  /**
   * Imports the result of `exportData`, all or nothing; returns how many versions are new. Versions that exist with the
   * same content stay as they are, so importing twice is not an error, unless `ifSame` is 'refuse'. Times without a
   * zone are in UTC, or `utcOffsetMinutes` ahead of it. New versions keep the commit times of the export; where it has
   * none, they are unknown. A prompt that has no head and no history takes those of the export.
   *
   * @throws VersionConflictError when a version exists with other content
   * @throws StorageError OPT-LABEL-001 when a prompt has another head or history than in the export
   * @throws TypeError for a value that is not an export, or a document that does not fit
   * @throws StorageError FS-LOAD-002 for a document whose upgrade failed
   */
  async importData(data: VersionExport<Version>, options: ImportDataOptions = {}): Promise<number> {
    rejectUnknown(options, ['ifSame', 'utcOffsetMinutes'], 'importData')
    const ifSame = ifSameOption(options.ifSame, 'accept')
    const versions = documentsOf(data, {
      info: this.#schemaInfo,
      upgrade: this.#upgrade,
      utcOffsetMinutes: utcOffsetOption(options.utcOffsetMinutes),
    })
    const imported = { times: commitTimesOf(data), records: recordsOf(data.prompts) }
    return await this.#life.run(async () =>
      this.#keepNew(await acceptAll<Version>(versions, { ifSame }, this.#rules), imported),
    )
  }

  async keepOpenWhile<Result>(work: (storage: this) => Promise<Result>): Promise<Result> {
    return await this.#life.runTogether(this, work)
  }

  /** Completes every earlier call and refuses later ones. Idempotent. */
  close(): Promise<void> {
    return this.#life.close(async () => this.#state.feed.close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #check(promptId: string, version: string): void {
    checkPromptId(promptId)
    checkVersion(version, STORED_VERSIONS)
    this.#life.assertOpen()
  }

  #page(
    promptId: string,
    options: contract.ListOptions | undefined,
    where: string,
  ): readonly string[] {
    checkPromptId(promptId)
    const page = resolveListOptions(options, where)
    this.#life.assertOpen()
    return pageOf(this.#state.index.versions(promptId), page)
  }

  #latest(promptId: string): string | undefined {
    checkPromptId(promptId)
    this.#life.assertOpen()
    return this.#state.index.latest(promptId)
  }

  /**
   * All or nothing; returns how many are new.
   * @param imported what comes with them from an export; otherwise they are committed now
   * @throws VersionConflictError for the first that exists and is refused
   */
  #keepNew({ candidates, ifSame }: Candidates<Version>, imported?: Imported): number {
    const fresh = candidates.flatMap((candidate) => {
      const { prompt_id: promptId, version } = candidate.version
      const stored = this.#state.document(promptId, version)
      if (stored === undefined) return candidate.version
      const sameContent = isSameContent(stored, candidate)
      if (sameContent && ifSame === 'accept') return []
      throw new VersionConflictError(promptId, version, { sameContent })
    })
    const records = this.#state.newRecords(imported?.records, fresh)
    const at = this.#clock.stamp()
    for (const version of fresh) {
      const importedAt = imported?.times.get(version.prompt_id)?.get(version.version)
      this.#state.keep(version, imported === undefined ? at.toISOString() : importedAt)
    }
    for (const [promptId, record] of records) this.#state.keepRecord(promptId, record)
    // All that happened where they come from may not be in the export.
    if (imported !== undefined && fresh.length + records.size > 0)
      this.#state.forget(at, 'imported')
    return fresh.length
  }
}

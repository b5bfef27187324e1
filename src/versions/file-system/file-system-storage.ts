import { resolve } from 'node:path'
import { inTurn } from '../../base/turns.js'
import { checkPromptId } from '../../document/prompt-id.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import { checkVersion, STORED_VERSIONS } from '../../document/version-number.js'
import { StorageError } from '../../base/errors.js'
import { booleanOption, integerOption, rejectUnknown } from '../../base/options.js'
import { assertOpened, countedSteps, OPENED, Lifecycle } from '../../base/lifecycle.js'
import { acceptAll, checkBatch } from '../accept-version.js'
import { resolveFileSystemOptions, type FileSystemStorageOptions } from './file-system-options.js'
import { StoreBrowser } from './store-browser.js'
import { StoreWriter } from './store-writer.js'
import { storageStats, type StorageStats } from './store-reports.js'
import { StoreUpkeep } from './store-upkeep.js'
import type * as contract from '../version-storage.js'
import type * as watching from '../version-watch.js'
import {
  listedIds,
  resolveListOptions,
  type FromOptions,
  type GivenOf,
  type InputOf,
  type SchemaOf,
} from '../version-storage.js'
import { openStore, type OpenStore } from './open-store.js'
import { StoreCopies } from './store-copies.js'
import { SummaryReader } from './summary-reader.js'
import { StoreTransactions } from './store-transactions.js'
import { checkPromptIds, deletionOf } from '../prompt-change.js'
import type * as heads from '../prompt-heads.js'
import type * as iteration from '../version-iteration.js'
import type { VersionSummary } from '../version-summaries.js'
import { movesIn } from '../prompt-history.js'
import type { CacheUsage } from './usage-file.js'
import { viewAsOf } from '../as-of-view.js'
import { PastReader } from './past-reader.js'
import type { AsOfOptions, VersionsAsOf } from '../time-travel.js'
import { resolvePurgeAge, type TrashedVersion } from './trash.js'
import type { CacheStats } from '../version-cache.js'
import type { VersionCopies } from '../version-copies.js'
import { SUPPORTS_ALL, type Supports } from '../supports.js'
import type { VersionStore } from '../version-store.js'

const SUPPORTS_FILES: Supports = Object.freeze({ ...SUPPORTS_ALL, files: true })

/**
 * Keeps every version as a plain JSON file, `<dir>/<prompt>/<version>.json`. Once `saveVersion` resolves, any tool can
 * read the file, and it survives the end of any process and, at the default durability, loss of power. Any number of
 * processes and worker threads of one machine may have the same directory open.
 *
 * @example
 * await using storage = await FileSystemStorage.open({ storageDir: 'prompts' })
 * await storage.saveVersion(version)
 * const latest = await storage.getLatestVersion('greeting')
 */
export class FileSystemStorage<
  Version extends contract.VersionDocument = PromptVersion,
  Input = InputOf<Version>,
>
  extends StoreUpkeep<Version>
  implements VersionStore<Version, Input>
{
  readonly supports: Supports = SUPPORTS_FILES
  /** What copies to other storages and from them read and write: see `migrate`. */
  readonly copies: VersionCopies
  readonly #store: OpenStore<Version>
  readonly #browser: StoreBrowser<Version>
  readonly #summaries: SummaryReader<Version>
  readonly #transactions: StoreTransactions<Version>
  readonly #writer: StoreWriter<Version>
  readonly #life: Lifecycle

  /**
   * Opens a store, or makes one if the directory is not a store yet.
   * @throws TypeError or RangeError for a wrong option; StorageError as DurableDirectory.open does
   */
  static async open<
    Version extends contract.VersionDocument = PromptVersion,
    SchemaInput = unknown,
  >(
    options: FileSystemStorageOptions<Version, SchemaInput> & SchemaOf<Version>,
  ): Promise<FileSystemStorage<Version, GivenOf<FromOptions<Version>, SchemaInput>>> {
    return new FileSystemStorage(
      await openStore<Version>(resolveFileSystemOptions(options)),
      OPENED,
    )
  }

  private constructor(store: OpenStore<Version>, via: typeof OPENED) {
    assertOpened(via, 'FileSystemStorage.open({ storageDir })')
    const life = new Lifecycle(() => closedStore(store.directory.path))
    super(store, life)
    this.#store = store
    this.#life = life
    this.#browser = new StoreBrowser(store)
    this.#summaries = new SummaryReader(store)
    this.#transactions = new StoreTransactions(store)
    this.#writer = new StoreWriter(store, this.#transactions)
    this.copies = new StoreCopies(store, this.#transactions, life)
  }

  get schema(): contract.StandardSchema<Version> {
    return this.#store.rules.schema
  }

  /** The absolute path of the store. */
  get storageDir(): string {
    return this.#store.directory.path
  }

  async saveVersion(version: Input, options?: contract.SaveOptions): Promise<void> {
    await this.saveVersions([version], options)
  }

  async saveVersions(versions: readonly Input[], options?: contract.SaveOptions): Promise<void> {
    checkBatch(versions)
    await this.#life.run(async () => {
      await this.#writer.save(await acceptAll<Version>(versions, options, this.#store.rules))
    })
  }

  getVersion(promptId: string, version: string): Promise<Version | undefined> {
    const { cache, features, names } = this.#store
    // The directory may know of a removal that the cache has not seen yet.
    if (names.isCurrent && features.isKnown && this.#life.isOpen) {
      const cached = cache?.get(promptId, version)
      if (cached !== undefined) return inTurn(cached)
    }
    return this.#getVersion(promptId, version)
  }

  async listVersions(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly Version[]> {
    checkPromptId(promptId)
    const page = resolveListOptions(options, 'listVersions')
    return await this.#read(async () => await this.#browser.list(promptId, page))
  }

  async listVersionNames(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly string[]> {
    checkPromptId(promptId)
    const page = resolveListOptions(options, 'listVersionNames')
    return await this.#read(async () => await this.#browser.names(promptId, page))
  }

  async listVersionSummaries(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly VersionSummary[]> {
    checkPromptId(promptId)
    const page = resolveListOptions(options, 'listVersionSummaries')
    return await this.#read(async () => await this.#summaries.list(promptId, page))
  }

  async getLatestVersion(promptId: string): Promise<Version | undefined> {
    checkPromptId(promptId)
    return await this.#read(async () => await this.#browser.latest(promptId))
  }

  async getLatestVersionName(promptId: string): Promise<string | undefined> {
    checkPromptId(promptId)
    return await this.#read(async () => {
      await this.#store.names.current()
      return await this.#store.names.latest(promptId)
    })
  }

  async listPromptIds(options?: contract.ListIdsOptions): Promise<readonly string[]> {
    const listed = listedIds(options)
    return await this.#read(async () => listed(await this.#browser.sortedIds()))
  }

  /** False when it did not exist. @throws StorageError OPT-LABEL-001 for a version that a label names */
  async deleteVersion(promptId: string, version: string): Promise<boolean> {
    this.#check(promptId, version)
    return await this.#life.run(async () => await this.#writer.delete(promptId, version))
  }

  async deleteVersions(promptId: string, versions: readonly string[]): Promise<readonly string[]> {
    const decide = deletionOf(promptId, versions)
    return await this.#life.run(async () => await this.#transactions.run([promptId], decide))
  }

  versions(options: iteration.VersionsOptions): AsyncGenerator<Version, void, void> {
    return countedSteps(this.#life, this.#browser.versions(options))
  }

  promptIds(options?: iteration.PromptIdsOptions): AsyncGenerator<string, void, void> {
    return countedSteps(this.#life, this.#browser.promptIds(options))
  }

  /**
   * Restores the youngest undamaged copy of a deleted version (with this content, if given); false if there is none.
   * @throws VersionConflictError when the version exists again; StorageError FS-LOAD-001 or FS-LOAD-002 when every copy
   * is damaged; OPT-VER-002 with the reason `no_trash` when there is no copy, and this store has no `enableTrash`
   */
  async restoreVersion(
    promptId: string,
    version: string,
    options?: { readonly content?: Version },
  ): Promise<boolean> {
    this.#check(promptId, version)
    return await this.#life.run(async () => this.#writer.restore(promptId, version, options))
  }

  /** The content of the trash, of one prompt or of all. */
  async listTrash(promptId?: string): Promise<readonly TrashedVersion[]> {
    if (promptId !== undefined) checkPromptId(promptId)
    return await this.#read(async () => await this.#store.trash.list(promptId))
  }

  /** Removes for good what was deleted at least `olderThanMs` ago (default: seven days); returns how many copies. */
  async purgeTrash(options: { readonly olderThanMs?: number } = {}): Promise<number> {
    const olderThanMs = resolvePurgeAge(options)
    return await this.#life.run(async () => await this.#writer.purgeTrash(olderThanMs))
  }

  async transact<Result>(
    promptIds: readonly string[],
    decide: (views: readonly heads.PromptView[]) => heads.Decision<Input, Result>,
  ): Promise<Result> {
    checkPromptIds(promptIds)
    const ids = [...promptIds]
    return await this.#life.run(async () => await this.#transactions.run(ids, decide))
  }

  async readHead(promptId: string): Promise<heads.PromptHead | undefined> {
    checkPromptId(promptId)
    return await this.#read(async () => (await this.#store.heads.read(promptId)).head)
  }

  async listLabelMoves(promptId: string): Promise<readonly heads.LabelMove[]> {
    checkPromptId(promptId)
    return await this.#read(async () => movesIn(await this.#store.heads.history(promptId)))
  }

  /**
   * Removes every version of every prompt, the trash too, and what is kept beside them: labels, their history, the
   * numbers that were given. This cannot be undone. Foreign files stay.
   */
  async clearAll(): Promise<void> {
    await this.#life.run(async () => {
      await this.#writer.clearAll()
      await this.#store.keeper.remove()
      await this.#store.usage?.remove()
    })
  }

  asOf(time: Date | number | string, options?: AsOfOptions): VersionsAsOf<Version, Input> {
    return viewAsOf(new PastReader(this.#store, this.#life), this.#store.clock, time, options)
  }

  /**
   * Changes from now on, of this process and of all others, in the order in which they were committed: of versions, and
   * with `labels: true` also of labels.
   */
  watch(options: watching.LabelWatchOptions): watching.VersionChanges<watching.AnyChange>
  watch(options?: watching.WatchOptions): watching.VersionChanges
  watch(
    options?: Partial<watching.LabelWatchOptions>,
  ): watching.VersionChanges<watching.AnyChange> {
    this.#life.assertOpen()
    return this.#store.watch(options)
  }

  /**
   * The text of a version's file, unchecked; undefined if it does not exist. @throws StorageError FS-LOAD-001 with the
   * reason `compression` for a compressed one that cannot be unpacked
   */
  async readRaw(promptId: string, version: string): Promise<Uint8Array | undefined> {
    this.#check(promptId, version)
    return await this.#read(async () => {
      return (await this.#store.files.readPlain(promptId, version))?.bytes
    })
  }

  /** The absolute path of a version's file, wherever it is; undefined if it does not exist. */
  async findPath(promptId: string, version: string): Promise<string | undefined> {
    this.#check(promptId, version)
    return await this.#read(async () => {
      const file = await this.#store.files.locate(promptId, version)
      return file && resolve(this.storageDir, file.path)
    })
  }

  /** The absolute path at which a version is saved, whether it exists or not. It may be moved later: see `findPath`. */
  pathOf(promptId: string, version: string): string {
    checkPromptId(promptId)
    checkVersion(version, STORED_VERSIONS)
    return resolve(this.storageDir, this.#store.layout.versionPath(promptId, version))
  }

  /** @param options with `bytes`, the result has `total_bytes`, for which each file is measured; default false */
  async getStorageStats(options: { readonly bytes?: boolean } = {}): Promise<StorageStats> {
    rejectUnknown(options, ['bytes'], 'getStorageStats')
    const bytes = booleanOption('bytes', options.bytes, false)
    return await this.#read(async () => await storageStats(this.#store, { bytes }))
  }

  /** Undefined if the store has no cache. */
  cacheStats(): CacheStats | undefined {
    return this.#store.cache?.stats()
  }

  /** The index as its file would show it, for diagnostics. */
  async indexSnapshot(): Promise<Readonly<Record<string, readonly string[]>>> {
    return await this.#read(async () => await this.#browser.indexSnapshot())
  }

  /** Reads the directories again, for when files were changed by hand while the store was open. */
  async rebuildIndex(): Promise<{ readonly prompts: number; readonly versions: number }> {
    return await this.#read(async () => await this.#store.names.rebuild())
  }

  /**
   * What readers of all processes have used lately; of other processes, as they have written it within the last minute
   * or so. Undefined if the store has no cache.
   * @param options `limit`: at most this many documents; default 100
   */
  async cacheUsage(options: { readonly limit?: number } = {}): Promise<CacheUsage | undefined> {
    rejectUnknown(options, ['limit'], 'cacheUsage')
    const rule = { min: 0, max: Number.MAX_SAFE_INTEGER, default: USED_SHOWN }
    const limit = integerOption('limit', options.limit, rule)
    return await this.#life.run(async () => await this.#browser.usage(limit))
  }

  /**
   * Reads the documents that were used most, in all processes, into the cache; if fewer are known, also the latest
   * versions of other prompts. Returns how many.
   * @param options `limit`: at most this many documents; default: as many as fit. `topN` is accepted for `limit`
   */
  async warmCache(
    options: { readonly limit?: number; readonly topN?: number } = {},
  ): Promise<number> {
    const limit = warmLimitOption(options)
    return await this.#read(async () => await this.#browser.warmCache(limit))
  }

  /** Empties the cache and returns how many documents it held. Files and the caches of other processes stay. */
  async clearCache(): Promise<number> {
    return await this.#life.run(async () => this.#store.cache?.clear() ?? 0)
  }

  async keepOpenWhile<Result>(work: (storage: this) => Promise<Result>): Promise<Result> {
    return await this.#life.runTogether(this, work)
  }

  /** Completes every earlier call, refuses later ones, then releases everything. Idempotent. */
  close(): Promise<void> {
    this.#store.directory.hurry()
    return this.#life.close(async () => await this.#store.close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #getVersion(promptId: string, version: string): Promise<Version | undefined> {
    this.#check(promptId, version)
    return await this.#read(async () => await this.#browser.get(promptId, version))
  }

  async #read<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#life.run(async () => await this.#store.features.reading(work))
  }

  #check(promptId: string, version: string): void {
    checkPromptId(promptId)
    checkVersion(version, STORED_VERSIONS)
  }
}

function closedStore(path: string): StorageError {
  const message = `The store '${path}' is closed`
  return new StorageError('FS-CLOSED-001', message, { context: { path } })
}

/** Documents of `cacheUsage`, by default. */
const USED_SHOWN = 100

/** Undefined by default. @throws TypeError or RangeError that names the option */
function warmLimitOption(options: {
  readonly limit?: number
  readonly topN?: number
}): number | undefined {
  rejectUnknown(options, ['limit', 'topN'], 'warmCache')
  const name = options.limit === undefined ? 'topN' : 'limit'
  const rule = { min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 }
  return options[name] === undefined ? undefined : integerOption(name, options[name], rule)
}

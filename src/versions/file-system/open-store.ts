import { clearInterval, nowText, setInterval, monotonicMs } from '../../base/clock.js'
import type { Alteration } from '../../document/version-file.js'
import { VERSIONS_CLAIM } from '../../document/store-names.js'
import { DIRECTORY_OPTIONS } from '../../engine/directory-options.js'
import { Store } from '../../engine/store.js'
import { publish } from '../../base/channels.js'
import type { AcceptanceRules } from '../accept-version.js'
import { CommitClock } from '../commit-clock.js'
import { ChangeFeed } from '../change-feed.js'
import type { ResolvedFileSystemOptions } from './file-system-options.js'
import { IndexKeeper } from './index-keeper.js'
import { journaledMoves } from './journaled-moves.js'
import type { StoreLayout } from './store-layout.js'
import { versionOf } from '../schema-info.js'
import { openSettings, type StoreSettings } from './store-metadata.js'
import { HeadFiles } from './head-files.js'
import { MovingFiles } from './moving-files.js'
import { VersionFiles } from './version-files.js'
import { StoreSchema } from './metadata.js'
import { StoreFeatures } from './store-features.js'
import { SummaryKeeper } from './summary-keeper.js'
import { SummaryMemory } from './summary-memory.js'
import { Trash } from './trash.js'
import { TreeNames, type Follows, type NamedListeners, type NameSource } from './version-names.js'
import { VersionCache } from '../version-cache.js'
import { UsageKeeper } from './usage-keeper.js'
import type { ReaderRules } from '../version-reader.js'
import type { VersionDocument } from '../version-storage.js'
import type { AnyChange, LabelWatchOptions, VersionChanges } from '../version-watch.js'
import { diskReport, type DiskSpaceReport } from '../../engine/disk-space.js'
import { StorageError } from '../../base/errors.js'

/** An open store: its directory, and its state in memory. */
export interface OpenStore<Version extends VersionDocument> {
  readonly directory: Store
  readonly layout: StoreLayout
  readonly names: NameSource
  readonly cache: VersionCache<Version> | undefined
  readonly files: VersionFiles
  /** Undefined for a store without a cache. */
  readonly usage: UsageKeeper<Version> | undefined
  readonly summaries: SummaryMemory
  readonly keeper: SummaryKeeper
  readonly trash: Trash
  readonly space: SpaceGuard
  readonly schema: StoreSchema
  readonly features: StoreFeatures
  readonly heads: HeadFiles
  readonly clock: CommitClock
  readonly rules: AcceptanceRules<Version> & ReaderRules<Version>
  readonly enableTrash: boolean
  readonly checksums: boolean
  readonly minFreeMb: number
  /** For how long a change competes with those of other processes. */
  readonly lockTimeoutMs: number
  readonly onCorrupt: 'raise' | 'skip'
  watch(options?: Partial<LabelWatchOptions>): VersionChanges<AnyChange>
  close(): Promise<void>
}

/** How often a watched store looks for commits of other processes; its own are reported at once. */
const WATCH_POLL_MS = 25

export async function openStore<Version extends VersionDocument>(
  options: ResolvedFileSystemOptions<Version>,
): Promise<OpenStore<Version>> {
  const directory = await Store.open(options.storageDir, options.directory, VERSIONS_CLAIM)
  try {
    const features = new StoreFeatures(directory)
    const settings = await openSettings(directory, options)
    await features.assertKnown()
    return await assemble(directory, features, settings, options)
  } catch (error) {
    await directory.close()
    throw error
  }
}

async function assemble<Version extends VersionDocument>(
  directory: Store,
  features: StoreFeatures,
  { layout, allowPrerelease, schema }: StoreSettings,
  options: ResolvedFileSystemOptions<Version>,
): Promise<OpenStore<Version>> {
  const cache = options.useCache
    ? new VersionCache<Version>({ entries: options.cacheSize, bytes: options.cacheBytes })
    : undefined
  features.follow(layout)
  const followMark = (): Promise<void> | undefined => features.assertKnown()
  const moving = new MovingFiles(directory, layout, followMark)
  const feed = new ChangeFeed()
  const summaries = new SummaryMemory()
  const follows = { listeners: changeListeners(feed, cache, summaries), followMark }
  const names = await openNames(directory, layout, follows, options)
  const usage = cache && new UsageKeeper(directory, cache)
  const keeper = new SummaryKeeper(directory, layout, names, summaries)
  const poll = new WatchPoll({ directory, layout, names }, feed)
  return {
    directory,
    layout,
    names,
    cache,
    files: new VersionFiles(directory, layout, moving),
    usage,
    summaries,
    keeper,
    trash: new Trash(directory, layout),
    space: new SpaceGuard(directory, options.minFreeMb),
    schema: new StoreSchema(directory, options.schemaInfo, schema),
    features,
    heads: new HeadFiles({ directory, layout, moving, checksums: options.checksums }),
    clock: new CommitClock(),
    rules: rulesOf(directory, allowPrerelease, options),
    enableTrash: options.enableTrash,
    checksums: options.checksums,
    minFreeMb: options.minFreeMb,
    lockTimeoutMs: lockTimeoutOf(options),
    onCorrupt: options.onCorrupt,
    watch: (asked) => poll.watch(asked),
    close: async () => {
      poll.stop()
      feed.close()
      await keeper.write()
      await usage?.close()
      await directory.close()
    },
  }
}

function rulesOf<Version extends VersionDocument>(
  directory: Store,
  allowPrerelease: boolean,
  options: ResolvedFileSystemOptions<Version>,
): OpenStore<Version>['rules'] {
  return {
    schema: options.schema,
    schemaVersion: versionOf(options.schemaInfo),
    upgrade: options.upgrade,
    validateOnRead: options.validateOnRead,
    checksums: options.checksums,
    allowPrerelease,
    onAltered: (path, altered) => warnOfAlteration(directory.path, path, altered),
  }
}

/** The engine was opened with the same: its default is its own. */
function lockTimeoutOf({
  directory,
}: Pick<ResolvedFileSystemOptions<VersionDocument>, 'directory'>): number {
  return DIRECTORY_OPTIONS.lockTimeoutMs('lockTimeoutMs', directory.lockTimeoutMs, {})
}

/** If a store could not be recovered, its directories do not show everything: only an index does. */
async function openNames(
  directory: Store,
  layout: StoreLayout,
  follows: Follows,
  {
    useIndex,
    validateIndexOnLoad: validate,
  }: { readonly useIndex: boolean; readonly validateIndexOnLoad: boolean },
): Promise<NameSource> {
  if (useIndex || directory.isReadOnly)
    return await IndexKeeper.open(directory, layout, { ...follows, validate })
  return await TreeNames.open(directory, layout, follows)
}

function warnOfAlteration(directory: string, path: string, altered: Alteration): void {
  const what = altered === 'line-ends' ? 'Line ends' : 'A byte order mark'
  const message = `${what} of another program in '${path}': its content is as it was saved; verify with repair writes it as it was`
  publish('warning', () => ({ directory, code: altered, message }))
}

function changeListeners<Version extends VersionDocument>(
  feed: ChangeFeed,
  cache: VersionCache<Version> | undefined,
  summaries: SummaryMemory,
): NamedListeners {
  return {
    changed: ({ kind, promptId, version, timeMs }) => {
      if (kind === 'create') summaries.added(promptId)
      else {
        cache?.remove(promptId, version)
        summaries.remove(promptId, version)
      }
      if (!feed.watched) return
      const at = new Date(timeMs).toISOString()
      feed.publish({
        kind: kind === 'remove' ? 'delete' : 'save',
        prompt_id: promptId,
        version,
        at,
      })
    },
    labelled: ({ promptId, moves, timeMs }) => {
      if (feed.watchesLabels) feed.publishMoves(promptId, moves, new Date(timeMs).toISOString())
    },
    reset: () => {
      cache?.clear()
      summaries.clear()
      feed.publish({ kind: 'reset', prompt_id: '', version: '', at: nowText() })
    },
  }
}

type WatchedStore = Pick<OpenStore<VersionDocument>, 'directory' | 'layout' | 'names'>

/** Looks for commits of other processes while there are watchers. */
class WatchPoll {
  readonly #directory: Store
  readonly #names: NameSource
  readonly #feed: ChangeFeed
  #timer: NodeJS.Timeout | undefined

  constructor({ directory, layout, names }: WatchedStore, feed: ChangeFeed) {
    this.#directory = directory
    this.#names = names
    this.#feed = feed
    directory.describeBy((operations) =>
      feed.watchesLabels ? journaledMoves(operations, layout) : undefined,
    )
  }

  watch(options?: Partial<LabelWatchOptions>): VersionChanges<AnyChange> {
    const changes = this.#feed.watch(options)
    // Without an index, only the caller knows an id whose name is hashed.
    if (options?.promptId !== undefined) this.#names.noteId(options.promptId)
    this.#timer ??= setInterval(() => this.#poll(), WATCH_POLL_MS).unref()
    return changes
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #poll(): void {
    if (!this.#feed.watched) return this.stop()
    this.#directory.refresh().catch((error: unknown) => {
      const { path } = this.#directory
      publish('background-error', () => ({ directory: path, stage: 'watch', error }))
    })
  }
}

const MIB = 1024 * 1024
/** Free space is measured at most this often: it costs a call of its own. */
const FRESH_MS = 1000

/** Refuses saves before the disk is full, while there is still space to work in. */
class SpaceGuard {
  readonly #directory: Store
  readonly #minFreeMb: number
  #freeMb = Number.POSITIVE_INFINITY
  #measuredMs = Number.NEGATIVE_INFINITY

  constructor(directory: Store, minFreeMb: number) {
    this.#directory = directory
    this.#minFreeMb = minFreeMb
  }

  /** Undefined if there is nothing to wait for. @throws StorageError FS-IO-001 with reason `disk_space` */
  check(): Promise<void> | undefined {
    if (this.#minFreeMb === 0) return undefined
    if (monotonicMs() - this.#measuredMs > FRESH_MS) return this.#measureAndCheck()
    this.#refuse()
    return undefined
  }

  async report(requiredMb: number): Promise<DiskSpaceReport> {
    return diskReport(await this.#directory.space(), requiredMb)
  }

  async #measureAndCheck(): Promise<void> {
    this.#measuredMs = monotonicMs()
    this.#freeMb = (await this.#directory.space()).freeBytes / MIB
    this.#refuse()
  }

  #refuse(): void {
    if (this.#freeMb >= this.#minFreeMb) return
    throw new StorageError(
      'FS-IO-001',
      `Not enough space: ${Math.floor(this.#freeMb)} MB free, and option "minFreeMb" asks for ${this.#minFreeMb}`,
      {
        context: {
          reason: 'disk_space',
          free_mb: Math.floor(this.#freeMb),
          min_free_mb: this.#minFreeMb,
        },
      },
    )
  }
}

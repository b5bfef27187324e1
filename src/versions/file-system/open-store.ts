import { clearInterval, nowText, setInterval } from '../../base/clock.js'
import type { Alteration } from '../../document/version-file.js'
import { VERSIONS_CLAIM } from '../../document/store-names.js'
import { DurableDirectory } from '../../engine/durable-directory.js'
import { publish } from '../../base/channels.js'
import type { AcceptanceRules } from '../accept-version.js'
import { ChangeFeed } from '../change-feed.js'
import type { ResolvedFileSystemOptions } from './file-system-options.js'
import { IndexKeeper } from './index-keeper.js'
import { SpaceGuard } from './space-guard.js'
import type { StoreLayout } from './store-layout.js'
import { versionOf } from '../schema-info.js'
import { openSettings, type StoreSettings } from './store-metadata.js'
import { StoreSchema } from './store-schema.js'
import { Trash } from './trash.js'
import { TreeNames } from './tree-names.js'
import { VersionCache } from '../version-cache.js'
import type { NamedListeners, NameSource } from './version-names.js'
import type { ReaderRules } from './version-reader.js'
import type { VersionChanges, VersionDocument, WatchOptions } from '../version-storage.js'

/** An open store: the directory below, and what is kept about it in memory. */
export interface OpenStore<Version extends VersionDocument> {
  readonly directory: DurableDirectory
  readonly layout: StoreLayout
  readonly names: NameSource
  readonly cache: VersionCache<Version> | undefined
  readonly trash: Trash
  readonly space: SpaceGuard
  readonly schema: StoreSchema
  readonly rules: AcceptanceRules<Version> & ReaderRules<Version>
  readonly enableTrash: boolean
  readonly checksums: boolean
  readonly minFreeMb: number
  readonly onCorrupt: 'raise' | 'skip'
  watch(options?: WatchOptions): VersionChanges
  close(): Promise<void>
}

/** How often a watched store looks for commits of other processes; its own are told at once. */
const WATCH_POLL_MS = 25

export async function openStore<Version extends VersionDocument>(
  options: ResolvedFileSystemOptions<Version>,
): Promise<OpenStore<Version>> {
  const directory = await DurableDirectory.open(
    options.storageDir,
    options.directory,
    VERSIONS_CLAIM,
  )
  try {
    const settings = await openSettings(directory, options)
    return await assemble(directory, settings, options)
  } catch (error) {
    await directory.close()
    throw error
  }
}

async function assemble<Version extends VersionDocument>(
  directory: DurableDirectory,
  { layout, allowPrerelease, schema }: StoreSettings,
  options: ResolvedFileSystemOptions<Version>,
): Promise<OpenStore<Version>> {
  const cache = options.useCache
    ? new VersionCache<Version>({ entries: options.cacheSize, bytes: options.cacheBytes })
    : undefined
  const feed = new ChangeFeed()
  const listeners = changeListeners(feed, cache)
  // The directories of a store that could not be recovered do not show everything: only an index does.
  const names =
    options.useIndex || directory.isReadOnly
      ? await IndexKeeper.open(directory, layout, listeners, options.validateIndexOnLoad)
      : await TreeNames.open(directory, layout, listeners)
  const poll = new WatchPoll(directory, feed)
  return {
    directory,
    layout,
    names,
    cache,
    trash: new Trash(directory, layout),
    space: new SpaceGuard(directory, options.minFreeMb),
    schema: new StoreSchema(directory, options.schemaInfo, schema),
    rules: {
      schema: options.schema,
      schemaVersion: versionOf(options.schemaInfo),
      upgrade: options.upgrade,
      validateOnRead: options.validateOnRead,
      checksums: options.checksums,
      allowPrerelease,
      onAltered: (path, altered) => tellAltered(directory.path, path, altered),
    },
    enableTrash: options.enableTrash,
    checksums: options.checksums,
    minFreeMb: options.minFreeMb,
    onCorrupt: options.onCorrupt,
    watch: (asked) => poll.watch(asked),
    close: async () => {
      poll.stop()
      feed.close()
      await directory.close()
    },
  }
}

function tellAltered(directory: string, path: string, altered: Alteration): void {
  const what = altered === 'line-ends' ? 'Line ends' : 'A byte order mark'
  const message = `${what} of other hands in '${path}': its content is as it was saved; verify with repair writes it as it was`
  publish('warning', () => ({ directory, code: altered, message }))
}

function changeListeners<Version extends VersionDocument>(
  feed: ChangeFeed,
  cache: VersionCache<Version> | undefined,
): NamedListeners {
  return {
    changed: ({ kind, promptId, version, timeMs }) => {
      if (kind !== 'create') cache?.remove(promptId, version)
      if (!feed.watched) return
      const at = new Date(timeMs).toISOString()
      feed.publish({
        kind: kind === 'remove' ? 'delete' : 'save',
        prompt_id: promptId,
        version,
        at,
      })
    },
    reset: () => {
      cache?.clear()
      feed.publish({ kind: 'reset', prompt_id: '', version: '', at: nowText() })
    },
  }
}

/** Looks for commits of other processes while anybody watches. */
class WatchPoll {
  readonly #directory: DurableDirectory
  readonly #feed: ChangeFeed
  #timer: NodeJS.Timeout | undefined

  constructor(directory: DurableDirectory, feed: ChangeFeed) {
    this.#directory = directory
    this.#feed = feed
  }

  watch(options?: WatchOptions): VersionChanges {
    const changes = this.#feed.watch(options)
    this.#timer ??= setInterval(() => this.#look(), WATCH_POLL_MS).unref()
    return changes
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    if (!this.#feed.watched) return this.stop()
    this.#directory.refresh().catch((error: unknown) => {
      const { path } = this.#directory
      publish('background-error', () => ({ directory: path, stage: 'watch', error }))
    })
  }
}

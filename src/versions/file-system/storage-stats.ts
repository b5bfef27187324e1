import type { OpenStore } from './open-store.js'
import type { SchemaInfo } from '../schema-info.js'
import type { CacheStats } from '../version-cache.js'
import type { VersionDocument } from '../version-storage.js'
import { mapLimited } from '../../base/map-limited.js'

/** The content and the state of a store. */
export interface StorageStats {
  readonly total_prompts: number
  readonly total_versions: number
  /** The total size of the files of all versions, if requested. */
  readonly total_bytes?: number
  readonly storage_dir: string
  readonly index_enabled: boolean
  readonly cache_enabled: boolean
  readonly cache_stats: CacheStats | undefined
  readonly sharding: { readonly enabled: boolean; readonly depth: number }
  /** The schema that the youngest documents were saved with; null if no program has named one. */
  readonly schema: SchemaInfo | null
  readonly durability_state: 'ok' | 'read-only'
  readonly background_errors: number
  /** Number of retries after temporary failures since the store was opened. */
  readonly retries: number
  readonly disk: string
  readonly file_system: string
  readonly free_mb: number
  readonly used_percent: number
}

export async function storageStats<Version extends VersionDocument>(
  store: OpenStore<Version>,
  { bytes }: { readonly bytes: boolean },
): Promise<StorageStats> {
  const { directory, names, cache, layout, space, schema } = store
  await names.current()
  const [totals, room, { info }] = await Promise.all([
    names.totals(),
    space.report(0),
    schema.current(),
  ])
  const health = directory.health()
  return {
    total_prompts: totals.prompts,
    total_versions: totals.versions,
    storage_dir: directory.path,
    index_enabled: names.has('', '') !== undefined,
    cache_enabled: cache !== undefined,
    cache_stats: cache?.stats(),
    sharding: { enabled: layout.rules.shardDepth > 0, depth: layout.rules.shardDepth },
    schema: info,
    durability_state: health.state,
    background_errors: health.backgroundErrors,
    retries: health.retries,
    disk: health.disk,
    file_system: health.capabilities.fileSystem,
    free_mb: room.free_mb,
    used_percent: room.used_percent,
    ...(bytes ? { total_bytes: await totalBytes(store) } : {}),
  }
}

/** How many files are measured at once. */
const CONCURRENCY = 64

/** The total size of the files of all versions; those that disappear meanwhile count as nothing. */
async function totalBytes<Version extends VersionDocument>(
  store: OpenStore<Version>,
): Promise<number> {
  const { names, layout, directory } = store
  await names.current()
  let total = 0
  for (const promptId of await names.promptIds()) {
    const versions = await names.versions(promptId)
    await mapLimited(versions, CONCURRENCY, async (version) => {
      const stat = await directory.volume.stat(layout.versionPath(promptId, version))
      total += stat?.bytes ?? 0
    })
  }
  return total
}

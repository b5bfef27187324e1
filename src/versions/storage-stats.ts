import type { CacheStats } from './version-cache.js'

/** What a store holds and how it is doing. */
export interface StorageStats {
  readonly total_prompts: number
  readonly total_versions: number
  /** What the files of all versions take together, where that was asked for. */
  readonly total_bytes?: number
  readonly storage_dir: string
  readonly index_enabled: boolean
  readonly cache_enabled: boolean
  readonly cache_stats: CacheStats | undefined
  readonly sharding: { readonly enabled: boolean; readonly depth: number }
  readonly durability_state: 'ok' | 'read-only'
  readonly background_errors: number
  /** How often something was tried again that had failed for a moment, since the store was opened. */
  readonly retries: number
  readonly disk: string
  readonly file_system: string
  readonly free_mb: number
  readonly used_percent: number
}

import type { DiskSpace } from '../engine/disk-port.js'
import { isStorageError } from '../base/errors.js'
import { usedPercent } from '../engine/space-alarm.js'
import type { ResolvedFileStorageOptions } from './file-storage-options.js'
import type { HealthReason } from './file-health.js'
import { localDirectoryOf, type FileParts } from './file-parts.js'
import type { QuotaState } from './quota.js'
import { Statistics, type FileMetrics } from './statistics.js'

export interface FileStats {
  readonly initialized: boolean
  readonly backend: string
  /** Whether there is a cloud, of whatever kind, and its last answer was none of failure. */
  readonly gcs_available: boolean
  readonly local_fallback_enabled: boolean
  readonly cache_enabled: boolean
  /** Contents in the cache. */
  readonly cache_size: number
  readonly cache_size_bytes: number
  /** Stores and deletes that wait for the cloud. */
  readonly pending_uploads: number
  readonly pending_deletes: number
  /** Undefined without `quotaBytes`. */
  readonly quota: QuotaState | undefined
  /**
   * Room on the disk of the local directory; `used_percent` as `df` tells it. Undefined without such a directory, and
   * while its disk does not answer: `getHealthStatus()` says why.
   */
  readonly free_mb: number | undefined
  readonly used_percent: number | undefined
  readonly metrics: FileMetrics
}

export interface FileHealth extends FileStats {
  /** Whether what is stored now waits in the local directory for the cloud. */
  readonly storing_locally: boolean
  /** The worst of the reasons. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy'
  readonly reasons: readonly HealthReason[]
}

const MIB = 1024 * 1024

export async function statsOf(
  parts: FileParts | undefined,
  config: ResolvedFileStorageOptions,
): Promise<FileStats> {
  const space = await spaceOf(parts)
  const pending = await parts?.fallback?.pending()
  return {
    initialized: parts !== undefined,
    backend: parts?.backend.kind ?? config.backend,
    gcs_available:
      parts?.cloud !== undefined &&
      parts.cloud.trouble === undefined &&
      parts.fallback?.isDown !== true,
    local_fallback_enabled: config.enableLocalFallback,
    cache_enabled: config.useCache,
    cache_size: parts?.cache?.size ?? 0,
    cache_size_bytes: parts?.cache?.bytes ?? 0,
    pending_uploads: pending?.pending_uploads ?? 0,
    pending_deletes: pending?.pending_deletes ?? 0,
    quota: parts?.quota.state,
    free_mb: space && Math.floor(space.freeBytes / MIB),
    used_percent: space && usedPercent(space),
    metrics: (parts?.statistics ?? new Statistics()).metrics(),
  }
}

async function spaceOf(parts: FileParts | undefined): Promise<DiskSpace | undefined> {
  try {
    return await (parts && localDirectoryOf(parts))?.space()
  } catch (error) {
    if (isStorageError(error)) return undefined
    throw error
  }
}

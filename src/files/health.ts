import { isStorageError } from '../base/errors.js'
import { booleanOption, rejectUnknown } from '../base/options.js'
import { FILES_MARK_FILE } from '../document/store-names.js'
import { directoryReasons } from '../engine/directory-reasons.js'
import type { DiskSpace } from '../engine/disk-port.js'
import { usedPercent } from '../engine/disk-space.js'
import type { ObjectFailureKind } from '../objects/failure.js'
import { localDirectoryOf, type FileParts } from './parts.js'
import type { ResolvedFileStorageOptions } from './file-storage-options.js'
import type { QuotaState } from './quota.js'
import { Statistics, type FileMetrics } from './statistics.js'

const MIB = 1024 * 1024

/** Why a storage is not healthy. */
export interface HealthReason {
  /** `unhealthy`: calls fail. `degraded`: they succeed, though not all is as it should be. */
  readonly status: 'degraded' | 'unhealthy'
  /**
   * `directory-missing`, `directory-replaced`: the path of the directory is missing, or leads to something else, while
   * this process works in the one it opened. `portable-disk`: instead of the native one, unasked. `no-credentials`: the
   * cloud's client finds none.
   */
  readonly code:
    | 'not-open'
    | 'directory-missing'
    | 'directory-replaced'
    | 'disk'
    | 'portable-disk'
    | 'read-only'
    | 'no-space'
    | 'space-low'
    | 'space-critical'
    | 'background-errors'
    | 'cloud-down'
    | 'cloud-denied'
    | 'no-bucket'
    | 'no-credentials'
  readonly message: string
}

export interface HealthOptions {
  /** Asks the cloud for its credentials and for one key first, and reports that answer. Default false. */
  readonly askCloud?: boolean | undefined
}

/** @throws TypeError for an unknown or wrong option */
export function resolveHealthOptions(options: HealthOptions): Required<HealthOptions> {
  rejectUnknown(options, ['askCloud'], 'getHealthStatus')
  return { askCloud: booleanOption('askCloud', options.askCloud, false) }
}

/** The parts see its answer, and `healthOf` reports it. */
export async function askTheCloud({ cloud, fallback }: FileParts): Promise<void> {
  if (cloud === undefined) return
  const ask = async (): Promise<void> => {
    await cloud.checkCredentials()
    await cloud.list({ prefix: '', limit: 1 })
  }
  try {
    await (fallback === undefined ? ask() : fallback.asking(ask))
  } catch (error) {
    if (!isStorageError(error)) throw error
  }
}

/** The health of a storage by its parts; undefined while it is not open. */
export async function healthOf(
  stats: FileStats,
  parts: FileParts | undefined,
): Promise<FileHealth> {
  const reasons = parts === undefined ? [NOT_OPEN] : await reasonsOf(parts)
  const isUnhealthy = reasons.some(({ status }) => status === 'unhealthy')
  const degraded = reasons.length > 0 ? 'degraded' : 'healthy'
  return {
    status: isUnhealthy ? 'unhealthy' : degraded,
    reasons,
    storing_locally: parts?.fallback?.isDown === true,
    ...stats,
  }
}

const NOT_OPEN: HealthReason = {
  status: 'unhealthy',
  code: 'not-open',
  message: 'The storage is not open',
}

async function reasonsOf(parts: FileParts): Promise<HealthReason[]> {
  const { config } = parts
  const directory = localDirectoryOf(parts)
  const reasons =
    directory === undefined
      ? []
      : await directoryReasons(directory, config.minFreeMb, FILES_MARK_FILE)
  const cloud = cloudReason(parts)
  return cloud === undefined ? reasons : [...reasons, cloud]
}

const CLOUD_CODES: Partial<Record<ObjectFailureKind, HealthReason['code']>> = {
  'no-credentials': 'no-credentials',
  denied: 'cloud-denied',
  'no-bucket': 'no-bucket',
}

function cloudReason({ cloud, fallback }: FileParts): HealthReason | undefined {
  const outage = fallback?.outage
  if (fallback !== undefined && outage !== undefined)
    return {
      status: 'degraded',
      code: outage.code,
      message: `Files are stored in '${fallback.directory}' until the cloud answers: ${outage.message}`,
    }
  const trouble = cloud?.trouble
  if (trouble === undefined) return undefined
  const code = CLOUD_CODES[trouble.kind] ?? 'cloud-down'
  return { status: 'unhealthy', code, message: `The cloud is of no use: ${trouble.message}` }
}

export interface FileStats {
  readonly initialized: boolean
  readonly backend: string
  /** Whether there is a cloud, of any kind, and its last answer was not a failure. */
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
   * Room on the disk of the local directory; `used_percent` as `df` reports it. Undefined without such a directory, and
   * while its disk does not answer: `getHealthStatus()` says why.
   */
  readonly free_mb: number | undefined
  readonly used_percent: number | undefined
  readonly metrics: FileMetrics
}

export interface FileHealth extends FileStats {
  /** Whether files stored now wait in the local directory for the cloud. */
  readonly storing_locally: boolean
  /** The worst of the reasons. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy'
  readonly reasons: readonly HealthReason[]
}

function nameOf(backend: ResolvedFileStorageOptions['backend']): string {
  return typeof backend === 'string' ? backend : backend.kind
}

export async function statsOf(
  parts: FileParts | undefined,
  config: ResolvedFileStorageOptions,
): Promise<FileStats> {
  const space = await spaceOf(parts)
  const pending = await parts?.fallback?.pending()
  return {
    initialized: parts !== undefined,
    backend: parts?.backend.kind ?? nameOf(config.backend),
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

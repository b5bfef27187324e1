import { wrongArgument } from '../base/misuse.js'
import type { FileBackend } from './backend.js'
import type { CloudBackend } from './cloud/cloud-backend.js'
import type { ResolvedFileStorageConfig } from './config.js'
import type { FallbackBackend } from './fallback/fallback-backend.js'
import { LocalBackend } from './local/local-backend.js'
import { MemoryBackend } from './memory-backend.js'

/** Where files go, and the parts of it that can more than a backend. */
export interface OpenedBackend {
  readonly backend: FileBackend
  /** The bucket, where one is configured. */
  readonly cloud: CloudBackend | undefined
  readonly fallback: FallbackBackend | undefined
}

/** @throws TypeError or RangeError for a wrong setting; StorageError when the directory cannot be opened */
export async function openBackend(config: ResolvedFileStorageConfig): Promise<OpenedBackend> {
  if (config.backend === 'memory') return alone(new MemoryBackend())
  const cloud = config.backend === 'local' ? undefined : await openBucket(config)
  if (cloud === undefined) return alone(await openLocal(config))
  if (!config.enable_local_fallback) return { backend: cloud, cloud, fallback: undefined }
  try {
    const fallback = await openFallback(cloud, config)
    return { backend: fallback, cloud, fallback }
  } catch (error) {
    await cloud.close()
    throw error
  }
}

async function openFallback(
  cloud: CloudBackend,
  config: ResolvedFileStorageConfig,
): Promise<FallbackBackend> {
  const { withFallback } = await import('./fallback/fallback-backend.js')
  const local = await openLocal(config)
  try {
    return await withFallback(cloud, local, { onConflict: config.on_conflict })
  } catch (error) {
    await local.close()
    throw error
  }
}

function alone(backend: FileBackend): OpenedBackend {
  return { backend, cloud: undefined, fallback: undefined }
}

/** The clients of clouds are loaded only where a bucket is named. */
async function openBucket(config: ResolvedFileStorageConfig): Promise<CloudBackend | undefined> {
  const isNamed = config.gcs_bucket_name !== undefined || config.s3_bucket_name !== undefined
  if (isNamed) return await (await import('./cloud/open-cloud.js')).openCloud(config)
  if (config.backend === 'auto') return undefined
  throw wrongArgument(
    'Option "backend": \'cloud\' needs "gcs_bucket_name" or "s3_bucket_name", got neither',
  )
}

async function openLocal(config: ResolvedFileStorageConfig): Promise<LocalBackend> {
  const options = {
    durability: config.durability,
    disk: config.disk,
    nativeBinding: config.native_binding,
    create: config.create,
    readOnly: config.read_only,
    adopt: config.adopt,
    repairJournal: config.repair_journal,
    fileMode: config.file_mode,
    directoryMode: config.directory_mode,
    lockTimeoutMs: config.lock_timeout_ms,
    retry: {
      attempts: config.retry_attempts,
      delayMs: config.retry_delay_ms,
      maxDelayMs: config.retry_max_delay_ms,
    },
  }
  const { local_storage_path: path, min_free_mb: minFreeMb } = config
  return await LocalBackend.open(path, options, minFreeMb, config.require_encryption === false)
}

import { wrongArgument } from '../base/misuse.js'
import { pick } from '../base/option-table.js'
import type { FileBackend } from './backend.js'
import type { CloudBackend } from './bucket/bucket-backend.js'
import { LOCAL_OPTIONS, type ResolvedFileStorageOptions } from './file-storage-options.js'
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
export async function openBackend(config: ResolvedFileStorageOptions): Promise<OpenedBackend> {
  if (config.backend === 'memory') return alone(new MemoryBackend())
  const cloud = config.backend === 'local' ? undefined : await openBucket(config)
  if (cloud === undefined) return alone(await openLocal(config))
  if (!config.enableLocalFallback) return { backend: cloud, cloud, fallback: undefined }
  try {
    const { withFallback } = await import('./fallback/fallback-backend.js')
    const local = await openLocal(config)
    const fallback = await withFallback(cloud, local, { onConflict: config.onConflict })
    return { backend: fallback, cloud, fallback }
  } catch (error) {
    await cloud.close()
    throw error
  }
}

function alone(backend: FileBackend): OpenedBackend {
  return { backend, cloud: undefined, fallback: undefined }
}

/** The clients of clouds are loaded only where a bucket is named. */
async function openBucket(config: ResolvedFileStorageOptions): Promise<CloudBackend | undefined> {
  const isNamed = config.gcsBucketName !== undefined || config.s3BucketName !== undefined
  if (isNamed) return await (await import('./bucket/open-bucket.js')).openCloud(config)
  if (config.backend === 'auto') return undefined
  throw wrongArgument(
    'Option "backend": \'cloud\' needs "gcsBucketName" or "s3BucketName", got neither',
  )
}

async function openLocal(config: ResolvedFileStorageOptions): Promise<LocalBackend> {
  const { storageDir, minFreeMb, requireEncryption } = config
  const options = pick(config, LOCAL_OPTIONS)
  return await LocalBackend.open(storageDir, options, minFreeMb, requireEncryption === false)
}

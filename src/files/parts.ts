import { monotonicMs, nowMs } from '../base/clock.js'
import { wrongArgument } from '../base/misuse.js'
import { pick } from '../base/option-table.js'
import type { Store } from '../engine/store.js'
import type { FileBackend, StoredFile } from './backend.js'
import { LOCAL_OPTIONS, type ResolvedFileStorageOptions } from './file-storage-options.js'
import { DocumentTrust } from './trust.js'
import type { KeepSetting } from './kept.js'
import { FileCache } from './cache.js'
import { adoptKeys } from './open-keys.js'
import { Keyring, type KeyMaterial } from './pipeline/keys.js'
import { Pipeline } from './pipeline/pipeline.js'
import { Quota } from './quota.js'
import { Statistics } from './statistics.js'
import type { CloudBackend } from './bucket/backend.js'
import type { FallbackBackend } from './fallback/backend.js'
import { LocalBackend } from './local/backend.js'
import { MemoryBackend } from './memory.js'

/** The parts of an open storage. */
export interface FileParts extends OpenedBackend {
  readonly config: ResolvedFileStorageOptions
  readonly pipeline: Pipeline
  /** Checks what a backend returns before any of it is used. */
  readonly trust: DocumentTrust
  /** Undefined when it is switched off. */
  readonly cache: FileCache | undefined
  readonly quota: Quota
  readonly statistics: Statistics
  readonly now: () => number
  /** Removes an expired file, in the background. */
  readonly expire: (file: StoredFile) => void
}

/** What reads need: of a storage, or of one version of its files. */
export interface ReadParts extends Pick<FileParts, 'config' | 'expire' | 'now' | 'pipeline'> {
  readonly backend: Pick<FileBackend, 'get' | 'head'>
  readonly trust: Pick<DocumentTrust, 'check' | 'mayExpire'>
}

/** Where files are kept on this machine: all of them, or those that wait for the cloud. */
export function localDirectoryOf({ backend, fallback }: FileParts): Store | undefined {
  return backend instanceof LocalBackend ? backend.directory : fallback?.local
}

/** The directory of a storage that keeps its files there. @throws TypeError for one that keeps them in a bucket */
export function backedUpDirectory({ backend }: FileParts): Store {
  if (backend instanceof LocalBackend) return backend.directory
  throw wrongArgument(
    'Only files in a directory can be backed up, and these are in a bucket or in memory: protect a bucket by its versioning or replication',
  )
}

/** Opens all parts of a storage, as the configuration says. */
export async function openFileParts(
  config: ResolvedFileStorageOptions,
  expire: (file: StoredFile) => void,
  now: () => number,
): Promise<FileParts> {
  // First what needs no disk: a wrong key must not create a directory.
  const keyring = keyringOf(config)
  const pipeline = pipelineOf(config, keyring)
  const opened = await openBackend(config)
  const { backend } = opened
  try {
    if (keyring !== undefined) await adoptKeys({ backend, pipeline, keyring })
  } catch (error) {
    await backend.close()
    throw error
  }
  const required = config.requireEncryption ?? config.enableEncryption
  return {
    config,
    ...opened,
    pipeline,
    trust: new DocumentTrust(backend, { keyring, required }),
    cache: cacheOf(config, backend),
    quota: new Quota(backend, {
      bytesMax: config.quotaBytes,
      now: nowMs,
      fallback: opened.fallback,
    }),
    statistics: new Statistics(),
    now,
    expire,
  }
}

function pipelineOf(config: ResolvedFileStorageOptions, keyring: Keyring | undefined): Pipeline {
  return new Pipeline({
    compression: config.enableCompression ? config.compression : 'none',
    thresholdBytes: config.compressionThresholdBytes,
    chunkBytes: config.chunkBytes,
    keyring,
    encrypt: config.enableEncryption,
  })
}

/** A key without `enableEncryption` still opens files that were encrypted before. */
function keyringOf(config: ResolvedFileStorageOptions): Keyring | undefined {
  const keys = new Map<string, KeyMaterial>(Object.entries(config.encryptionOldKeys))
  const { encryptionKey: current, encryptionKeyId: id } = config
  if (current !== undefined && current !== null) keys.set(id, current)
  const first = keys.has(id) ? id : [...keys.keys()][0]
  return first === undefined ? undefined : new Keyring(first, keys)
}

function cacheOf(config: ResolvedFileStorageOptions, backend: FileBackend): FileCache | undefined {
  const bytesMax = config.cacheBytes
  if (!config.useCache || bytesMax === 0) return undefined
  return new FileCache(backend, {
    bytesMax,
    ttlMs: config.cacheTtlSeconds * 1000,
    maxStalenessMs: config.maxStalenessMs,
    now: monotonicMs,
  })
}

/** Where files go, and the parts that offer more than a backend. */
export interface OpenedBackend {
  readonly backend: FileBackend
  /** The bucket, where one is configured. */
  readonly cloud: CloudBackend | undefined
  readonly fallback: FallbackBackend | undefined
}

/** @throws TypeError or RangeError for a wrong setting; StorageError when the directory cannot be opened */
async function openBackend(config: ResolvedFileStorageOptions): Promise<OpenedBackend> {
  if (typeof config.backend === 'object') return alone(config.backend)
  if (config.backend === 'memory') return alone(new MemoryBackend(keepSettingOf(config)))
  const cloud = config.backend === 'local' ? undefined : await openBucket(config)
  if (cloud === undefined) return alone(await openLocal(config))
  if (!config.enableLocalFallback) return { backend: cloud, cloud, fallback: undefined }
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
  config: ResolvedFileStorageOptions,
): Promise<FallbackBackend> {
  const { withFallback } = await import('./fallback/backend.js')
  const local = await openLocal(config)
  try {
    return await withFallback(cloud, local, { onConflict: config.onConflict })
  } catch (error) {
    await local.close()
    throw error
  }
}

function alone(backend: FileBackend): OpenedBackend {
  return { backend, cloud: undefined, fallback: undefined }
}

/** The clients of clouds are loaded only where a bucket is named. */
async function openBucket(config: ResolvedFileStorageOptions): Promise<CloudBackend | undefined> {
  const isNamed = config.gcsBucketName !== undefined || config.s3BucketName !== undefined
  if (isNamed) return await (await import('./bucket/open.js')).openCloud(config)
  if (config.backend === 'auto') return undefined
  throw wrongArgument(
    'Option "backend": \'cloud\' needs "gcsBucketName" or "s3BucketName", got neither',
  )
}

async function openLocal(config: ResolvedFileStorageOptions): Promise<LocalBackend> {
  const { storageDir, minFreeMb, requireEncryption } = config
  const options = pick(config, LOCAL_OPTIONS)
  const admitsPlain = requireEncryption === false
  const keep = keepSettingOf(config)
  return await LocalBackend.open(storageDir, options, minFreeMb, admitsPlain, keep)
}

/** Undefined where the configuration does not say. */
function keepSettingOf(config: ResolvedFileStorageOptions): KeepSetting | undefined {
  const { keepVersions: most, keepVersionsDays: days } = config
  return most === undefined ? undefined : { most, days }
}

/** @throws TypeError when no bucket is configured */
export function cloudOf({ cloud }: FileParts): CloudBackend {
  if (cloud !== undefined) return cloud
  throw wrongArgument('Option "gcsBucketName" or "s3BucketName" must name a bucket, got neither')
}

import { monotonicMs, nowMs } from '../base/clock.js'
import type { FileBackend, StoredFile } from './backend.js'
import type { ResolvedFileStorageConfig } from './config.js'
import { DocumentTrust } from './document-trust.js'
import { FileCache } from './file-cache.js'
import type { FileParts } from './file-parts.js'
import { openBackend } from './open-backend.js'
import { adoptKeys } from './open-keys.js'
import { Keyring, type KeyMaterial } from './pipeline/keys.js'
import { Pipeline } from './pipeline/pipeline.js'
import { Quota } from './quota.js'
import { Statistics } from './statistics.js'

const MIB = 1024 * 1024

/** Everything that a storage is made of, as the configuration says. */
export async function openFileParts(
  config: ResolvedFileStorageConfig,
  expire: (file: StoredFile) => void,
  now: () => number,
): Promise<FileParts> {
  // First what needs no disk: a wrong key is no reason to make a directory.
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
  const required = config.require_encryption ?? config.enable_encryption
  return {
    config,
    ...opened,
    pipeline,
    trust: new DocumentTrust(backend, { keyring, required }),
    cache: cacheOf(config, backend),
    quota: new Quota(backend, {
      bytesMax: config.quota_bytes,
      now: nowMs,
      fallback: opened.fallback,
    }),
    statistics: new Statistics(),
    now,
    expire,
  }
}

function pipelineOf(config: ResolvedFileStorageConfig, keyring: Keyring | undefined): Pipeline {
  return new Pipeline({
    compression: config.enable_compression ? config.compression : 'none',
    thresholdBytes: config.compression_threshold_bytes,
    chunkBytes: config.chunk_size,
    keyring,
    encrypt: config.enable_encryption,
  })
}

/** A key without `enable_encryption` still opens what was encrypted before. */
function keyringOf(config: ResolvedFileStorageConfig): Keyring | undefined {
  const keys = new Map<string, KeyMaterial>(Object.entries(config.encryption_old_keys))
  const { encryption_key: current, encryption_key_id: id } = config
  if (current !== undefined && current !== null) keys.set(id, current)
  const first = keys.has(id) ? id : [...keys.keys()][0]
  return first === undefined ? undefined : new Keyring(first, keys)
}

function cacheOf(config: ResolvedFileStorageConfig, backend: FileBackend): FileCache | undefined {
  const bytesMax = Math.floor(config.max_cache_size_mb * MIB)
  if (!config.enable_cache || bytesMax === 0) return undefined
  return new FileCache(backend, {
    bytesMax,
    ttlMs: config.cache_ttl_seconds * 1000,
    maxStalenessMs: config.max_staleness_ms,
    now: monotonicMs,
  })
}

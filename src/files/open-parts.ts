import { monotonicMs, nowMs } from '../base/clock.js'
import type { FileBackend, StoredFile } from './backend.js'
import type { ResolvedFileStorageOptions } from './file-storage-options.js'
import { DocumentTrust } from './document-trust.js'
import { FileCache } from './file-cache.js'
import type { FileParts } from './file-parts.js'
import { openBackend } from './open-backend.js'
import { adoptKeys } from './open-keys.js'
import { Keyring, type KeyMaterial } from './pipeline/keys.js'
import { Pipeline } from './pipeline/pipeline.js'
import { Quota } from './quota.js'
import { Statistics } from './statistics.js'

/** Everything that a storage is made of, as the configuration says. */
export async function openFileParts(
  config: ResolvedFileStorageOptions,
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

/** A key without `enableEncryption` still opens what was encrypted before. */
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

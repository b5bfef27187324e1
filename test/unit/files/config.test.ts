import { describe, expect, it } from 'vitest'
import { resolveFileStorageConfig } from '../../../src/files/config.js'
import { fileStorageConfigFrom } from '../../../src/files/environment.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { getFileStorage, initializeFileStorage } from '../../../src/files/shared-storage.js'

/** The seed documents' own example. */
const SEED = {
  gcs_bucket_name: 'aiecs-prod-storage',
  gcs_project_id: 'production-project',
  gcs_location: 'US-CENTRAL1',
  local_storage_path: '/var/lib/aiecs/storage',
  enable_local_fallback: true,
  enable_cache: true,
  cache_ttl_seconds: 7200,
  max_cache_size_mb: 500,
  chunk_size: 16384,
  max_retries: 5,
  timeout_seconds: 60,
  enable_compression: true,
  compression_threshold_bytes: 512,
  enable_encryption: true,
  encryption_key: 'your-encryption-key',
}

describe('the configuration of a file storage', () => {
  it('is that of the seeds, as it is', () => {
    expect(resolveFileStorageConfig(SEED)).toMatchObject({
      gcsBucketName: 'aiecs-prod-storage',
      gcsProjectId: 'production-project',
      gcsLocation: 'US-CENTRAL1',
      storageDir: '/var/lib/aiecs/storage',
      enableLocalFallback: true,
      useCache: true,
      cacheTtlSeconds: 7200,
      cacheBytes: 500 * 1024 * 1024,
      chunkBytes: 16384,
      maxRetries: 5,
      timeoutSeconds: 60,
      enableCompression: true,
      compressionThresholdBytes: 512,
      enableEncryption: true,
      encryptionKey: 'your-encryption-key',
    })
    const monitoring = {
      enable_metrics: true,
      metrics_port: 8002,
      log_level: 'INFO',
      enable_tracing: true,
    }
    expect(resolveFileStorageConfig(monitoring)).toMatchObject({
      enableMetrics: true,
      metricsPort: 8002,
      logLevel: 'INFO',
      enableTracing: true,
    })
    expect(resolveFileStorageConfig()).toMatchObject({
      storageDir: './storage',
      cacheTtlSeconds: 3600,
      cacheBytes: 100 * 1024 * 1024,
      chunkBytes: 8192,
      maxRetries: 3,
      timeoutSeconds: 30,
      compressionThresholdBytes: 1024,
      enableEncryption: false,
    })
    expect(resolveFileStorageConfig({ encryption_key: null }).enableEncryption).toBe(false)
    expect(resolveFileStorageConfig({ encryptionKey: null }).encryptionKey).toBeNull()
  })

  it('refuses what it does not know, with the nearest name, and wrong values without showing them', () => {
    expect(() => resolveFileStorageConfig({ enable_cash: true } as never)).toThrow(/"enable_cache"/)
    expect(() => resolveFileStorageConfig({ chunk_size: 7 })).toThrow(/"chunk_size"/)
    expect(() => resolveFileStorageConfig({ enable_cache: 'yes' as never })).toThrow(TypeError)
    expect(() => resolveFileStorageConfig({ enable_encryption: true })).toThrow(/encryption_key/)
    const secret = { s3_secret_access_key: ['hush'] as never }
    expect(() => resolveFileStorageConfig(secret)).toThrow(/"s3_secret_access_key"/)
    expect(() => resolveFileStorageConfig(secret)).not.toThrow(/hush/)
  })

  it('refuses a sweep that no timer can wait for', () => {
    expect(resolveFileStorageConfig({ sweepIntervalSeconds: 2_147_483 })).toBeDefined()
    expect(() => resolveFileStorageConfig({ sweepIntervalSeconds: 2_147_484 })).toThrow(RangeError)
  })

  it('comes out of the environment by the names of the seeds; prefixed ones win', () => {
    expect(
      fileStorageConfigFrom({
        LOCAL_STORAGE_PATH: '/data',
        ENABLE_CACHE: 'false',
        MAX_CACHE_SIZE_MB: '50',
        CHUNK_SIZE: '4096',
        GOOGLE_APPLICATION_CREDENTIALS: '/key.json',
        GCS_BUCKET_NAME: '',
        HOLDFAST_CHUNK_SIZE: '2048',
        BACKEND: 'memory',
        HOLDFAST_COMPRESSION: 'gzip',
        CACHE_TTL_SECONDS: '1800',
      }),
    ).toEqual({
      storageDir: '/data',
      useCache: false,
      cacheBytes: 50 * 1024 * 1024,
      chunkBytes: 2048,
      gcsCredentialsPath: '/key.json',
      compression: 'gzip',
      cacheTtlSeconds: 1800,
    })
    expect(fileStorageConfigFrom({ HOLDFAST_BACKEND: 'memory' })).toEqual({ backend: 'memory' })
    expect(() => fileStorageConfigFrom({ ENABLE_CACHE: 'maybe' })).toThrow(/"ENABLE_CACHE"/)
    expect(() => fileStorageConfigFrom({ CHUNK_SIZE: ' ' })).toThrow(/"CHUNK_SIZE"/)
    expect(() => fileStorageConfigFrom({ MAX_CACHE_SIZE_MB: '-1' })).toThrow(/"MAX_CACHE_SIZE_MB"/)
    const secret = { S3_SECRET_ACCESS_KEY: 'hush\0' }
    expect(() => fileStorageConfigFrom(secret)).toThrow(/"S3_SECRET_ACCESS_KEY"/)
    expect(() => fileStorageConfigFrom(secret)).not.toThrow(/hush/)
  })

  it('says how often what fails for a moment is tried; the variables have the prefix', () => {
    expect(resolveFileStorageConfig()).toMatchObject({
      retry: { attempts: 3, delayMs: 100, maxDelayMs: 1000 },
    })
    expect(() => resolveFileStorageConfig({ retry_attempts: 0 })).toThrow(/"retry_attempts"/)
    expect(() => resolveFileStorageConfig({ retry_attempts: 11 })).toThrow(/"retry_attempts"/)
    const variables = { RETRY_ATTEMPTS: '7', HOLDFAST_RETRY_ATTEMPTS: '5' }
    expect(fileStorageConfigFrom(variables)).toEqual({ retry: { attempts: 5 } })
    expect(fileStorageConfigFrom({ RETRY_ATTEMPTS: '7' })).toEqual({})
  })

  it('never turns a bucket into a directory without a word', async () => {
    await expect(FileStorage.open({ backend: 'cloud' })).rejects.toThrow(
      /"backend": 'cloud' needs "gcsBucketName" or "s3BucketName"/,
    )
    await expect(FileStorage.open({ gcs_bucket_name: 'b', s3_bucket_name: 'b' })).rejects.toThrow(
      /exclude each other/,
    )
  })
})

describe('the shared storage', () => {
  it('is one, opens at its first use, and takes another configuration only by initialising', async () => {
    const storage = getFileStorage({ backend: 'memory' })
    expect(await storage.getStats()).toMatchObject({ initialized: false, cache_size: 0 })
    expect((await storage.getHealthStatus()).status).toBe('unhealthy')
    await storage.store('a', 1)
    expect(getFileStorage()).toBe(storage)
    expect(() => getFileStorage({ backend: 'memory' })).toThrow(/configuration/)
    const other = await initializeFileStorage({ backend: 'memory' })
    expect(other).not.toBe(storage)
    expect(await other.exists('a')).toBe(false)
    await expect(storage.exists('a')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
    expect(await initializeFileStorage()).toBe(other)
    expect((await other.getHealthStatus()).status).toBe('healthy')
    await other.close()
  })
})

import { resolve as resolvePath } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { resolveFileStorageConfig, type FileStorageConfig } from '../../../src/files/config.js'
import { fromSeedConfig, SEED_KEYS } from '../../../src/files/seed-config.js'

const MIB = 1024 * 1024
/** Absolute on Windows, too, where it begins with a drive. */
const KEY_FILE = resolvePath('/key.json')

/** Each key of the seed documents and of previews with a value other than the default, and the option that it means. */
const SAMPLES: Record<keyof typeof SEED_KEYS, readonly [unknown, object]> = {
  local_storage_path: ['/data', { storageDir: '/data' }],
  native_binding: ['/addon.node', { nativeBinding: '/addon.node' }],
  read_only: [true, { readOnly: true, create: false }],
  repair_journal: [true, { repairJournal: true }],
  file_mode: [0o660, { fileMode: 0o660 }],
  directory_mode: [0o2770, { directoryMode: 0o2770 }],
  lock_timeout_ms: [7, { lockTimeoutMs: 7 }],
  retry_attempts: [5, { retry: { attempts: 5, delayMs: 100, maxDelayMs: 1000 } }],
  retry_delay_ms: [7, { retry: { attempts: 3, delayMs: 7, maxDelayMs: 1000 } }],
  retry_max_delay_ms: [7, { retry: { attempts: 3, delayMs: 100, maxDelayMs: 7 } }],
  min_free_mb: [7, { minFreeMb: 7 }],
  gcs_bucket_name: ['b', { gcsBucketName: 'b' }],
  gcs_project_id: ['p', { gcsProjectId: 'p' }],
  gcs_credentials_path: [pathToFileURL(KEY_FILE), { gcsCredentialsPath: KEY_FILE }],
  gcs_location: ['EU', { gcsLocation: 'EU' }],
  gcs_api_endpoint: ['http://a', { gcsApiEndpoint: 'http://a' }],
  s3_bucket_name: ['b', { s3BucketName: 'b' }],
  s3_region: ['r', { s3Region: 'r' }],
  s3_endpoint: ['http://a', { s3Endpoint: 'http://a' }],
  s3_access_key_id: ['a', { s3AccessKeyId: 'a' }],
  s3_secret_access_key: ['s', { s3SecretAccessKey: 's' }],
  s3_session_token: ['t', { s3SessionToken: 't' }],
  s3_force_path_style: [true, { s3ForcePathStyle: true }],
  cloud_prefix: ['x/', { cloudPrefix: 'x/' }],
  large_upload_bytes: [9 * MIB, { largeUploadBytes: 9 * MIB }],
  max_retries: [5, { maxRetries: 5 }],
  timeout_seconds: [60, { timeoutSeconds: 60 }],
  breaker_seconds: [7, { breakerSeconds: 7 }],
  enable_local_fallback: [false, { enableLocalFallback: false }],
  on_conflict: ['cloud-wins', { onConflict: 'cloud-wins' }],
  enable_cache: [false, { useCache: false }],
  cache_ttl_seconds: [0.5, { cacheTtlSeconds: 0.5 }],
  max_cache_size_mb: [1.5, { cacheBytes: 1.5 * MIB }],
  max_staleness_ms: [7, { maxStalenessMs: 7 }],
  enable_compression: [false, { enableCompression: false }],
  compression_threshold_bytes: [512, { compressionThresholdBytes: 512 }],
  chunk_size: [16_384, { chunkBytes: 16_384 }],
  enable_encryption: [false, { enableEncryption: false }],
  require_encryption: [false, { requireEncryption: false }],
  encryption_key: ['k', { encryptionKey: 'k' }],
  encryption_key_id: ['2027', { encryptionKeyId: '2027' }],
  encryption_old_keys: [{ a: 'k' }, { encryptionOldKeys: { a: 'k' } }],
  quota_bytes: [7, { quotaBytes: 7 }],
  max_retrieve_bytes: [7, { maxRetrieveBytes: 7 }],
  sweep_interval_seconds: [7, { sweepIntervalSeconds: 7 }],
  enable_metrics: [false, { enableMetrics: false }],
  metrics_port: [8002, { metricsPort: 8002 }],
  log_level: ['INFO', { logLevel: 'INFO' }],
  enable_tracing: [false, { enableTracing: false }],
  tracing_endpoint: ['jaeger:14268', { tracingEndpoint: 'jaeger:14268' }],
}
const KEYS = Object.entries(SAMPLES)

function resolve(config: object): object {
  return resolveFileStorageConfig(config as FileStorageConfig)
}

describe('a key of the seed documents', () => {
  it.each(KEYS)('%s is treated as its option', (key, [value, expected]) => {
    expect(resolve({ [key]: value })).toEqual({ ...resolve({}), ...expected })
  })

  it.each(KEYS)('%s beside its option is refused, and both are named', (key, [value, expected]) => {
    const option = SEED_KEYS[key as keyof typeof SEED_KEYS]
    const both = { [key]: value, [option]: Reflect.get(expected, option) as unknown }
    const message = `Options "${key}" and "${option}" of FileStorage.open are one option in two spellings: give one of them`
    expect(() => resolve(both)).toThrow(message)
    expect(() => resolve(both)).toThrow(TypeError)
    expect(resolve({ ...both, [key]: undefined })).toEqual({ ...resolve({}), ...expected })
    expect(resolve({ ...both, [option]: undefined })).toEqual({ ...resolve({}), ...expected })
  })

  it('may be beside other options in the other spelling', () => {
    expect(resolve({ storageDir: '/data', enable_cache: false })).toMatchObject({
      storageDir: '/data',
      useCache: false,
    })
    const retry = { attempts: 5, delayMs: 7, maxDelayMs: 9 }
    expect(resolve({ retry_attempts: 5, retry_delay_ms: 7, retry_max_delay_ms: 9 })).toMatchObject({
      retry,
    })
    expect(() => resolve({ retry_delay_ms: 7, retry: { attempts: 5 } })).toThrow(/two spellings/)
  })

  it.each([
    ['chunk_size', 7],
    ['retry_attempts', 11],
    ['retry_attempts', '5'],
    ['retry_delay_ms', 0],
    ['max_cache_size_mb', -1],
    ['max_cache_size_mb', '5'],
    ['native_binding', 'relative.node'],
    ['local_storage_path', ''],
    ['encryption_old_keys', { a: 5 }],
  ])('with a wrong value is named as it was spelled: %s', (key, value) => {
    expect(() => resolve({ [key]: value })).toThrow(new RegExp(`^Option "${key}[".]`))
  })

  it('is named where options need or exclude each other', () => {
    expect(() => resolve({ enable_encryption: true })).toThrow(
      'Option "enable_encryption" needs "encryption_key"',
    )
    expect(() => resolve({ enableEncryption: true })).toThrow(
      'Option "enableEncryption" needs "encryptionKey"',
    )
    expect(() => resolve({ read_only: true, create: true })).toThrow(/^Option "read_only": true/)
    expect(() => resolve({ readOnly: true, create: true })).toThrow(/^Option "readOnly": true/)
    expect(() => resolve({ disk: 'portable', native_binding: '/a.node' })).toThrow(
      /leave out "native_binding"$/,
    )
  })
})

describe('an unknown key', () => {
  it.each([
    [{ enable_cash: true }, 'enable_cache'],
    [{ useCash: true }, 'useCache'],
    [{ lock_timout_ms: 5 }, 'lock_timeout_ms'],
    [{ lockTimoutMs: 5 }, 'lockTimeoutMs'],
    [{ local_storage_path: '/a', durabilty: 'commit' }, 'durability'],
    [{ storageDir: '/a', durabilty: 'commit' }, 'durability'],
    // A word of the one spelling in the other.
    [{ enableCache: true }, 'useCache'],
    [{ use_cache: true }, 'enable_cache'],
    [{ maxCacheSizeMb: 5 }, 'cacheBytes'],
    [{ chunkSize: 5 }, 'chunkBytes'],
    [{ localStoragePath: '/a' }, 'storageDir'],
    [{ storage_dir: '/a' }, 'local_storage_path'],
    [{ dir: '/a' }, 'storageDir'],
    [{ dir: '/a', enable_cache: true }, 'local_storage_path'],
  ])('%j is told with the nearest one of its spelling: %s', (config, near) => {
    expect(() => resolve(config)).toThrow(new RegExp(`did you mean "${near}"\\?$`))
  })

  it('is refused with the name of the call, and with the options that belong to that call', () => {
    expect(() => fromSeedConfig({ bas: '' }, 'KeyvHoldfast', ['base'])).toThrow(
      'Unknown option "bas" of KeyvHoldfast; did you mean "base"?',
    )
    expect(() => resolve(JSON.parse('{"__proto__":1}') as object)).toThrow('"__proto__"')
    expect(() => resolve(5 as never)).toThrow(/must be an object/)
  })
})

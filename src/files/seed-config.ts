import { wrongArgument } from '../base/misuse.js'
import type { NameOf } from '../base/option-table.js'
import { number, rejectUnknown, RETRY_OPTIONS } from '../base/options.js'
import { FILE_STORAGE_OPTION_NAMES, type FileStorageOptions } from './file-storage-options.js'

/** The keys of the seed documents and of previews, and the options that replace them. */
export const SEED_KEYS = {
  local_storage_path: 'storageDir',
  native_binding: 'nativeBinding',
  read_only: 'readOnly',
  repair_journal: 'repairJournal',
  file_mode: 'fileMode',
  directory_mode: 'directoryMode',
  lock_timeout_ms: 'lockTimeoutMs',
  retry_attempts: 'retry',
  retry_delay_ms: 'retry',
  retry_max_delay_ms: 'retry',
  min_free_mb: 'minFreeMb',
  gcs_bucket_name: 'gcsBucketName',
  gcs_project_id: 'gcsProjectId',
  gcs_credentials_path: 'gcsCredentialsPath',
  gcs_location: 'gcsLocation',
  gcs_api_endpoint: 'gcsApiEndpoint',
  s3_bucket_name: 's3BucketName',
  s3_region: 's3Region',
  s3_endpoint: 's3Endpoint',
  s3_access_key_id: 's3AccessKeyId',
  s3_secret_access_key: 's3SecretAccessKey',
  s3_session_token: 's3SessionToken',
  s3_force_path_style: 's3ForcePathStyle',
  cloud_prefix: 'cloudPrefix',
  large_upload_bytes: 'largeUploadBytes',
  max_retries: 'maxRetries',
  timeout_seconds: 'timeoutSeconds',
  breaker_seconds: 'breakerSeconds',
  enable_local_fallback: 'enableLocalFallback',
  on_conflict: 'onConflict',
  enable_cache: 'useCache',
  cache_ttl_seconds: 'cacheTtlSeconds',
  max_cache_size_mb: 'cacheBytes',
  max_staleness_ms: 'maxStalenessMs',
  enable_compression: 'enableCompression',
  compression_threshold_bytes: 'compressionThresholdBytes',
  chunk_size: 'chunkBytes',
  enable_encryption: 'enableEncryption',
  require_encryption: 'requireEncryption',
  encryption_key: 'encryptionKey',
  encryption_key_id: 'encryptionKeyId',
  encryption_old_keys: 'encryptionOldKeys',
  quota_bytes: 'quotaBytes',
  max_retrieve_bytes: 'maxRetrieveBytes',
  sweep_interval_seconds: 'sweepIntervalSeconds',
  enable_metrics: 'enableMetrics',
  metrics_port: 'metricsPort',
  log_level: 'logLevel',
  enable_tracing: 'enableTracing',
  tracing_endpoint: 'tracingEndpoint',
} as const

type SeedKey = keyof typeof SEED_KEYS

/** Keys that set a part of their option, or use another unit. */
const RETRY_PARTS = {
  retry_attempts: 'attempts',
  retry_delay_ms: 'delayMs',
  retry_max_delay_ms: 'maxDelayMs',
} as const
type Converted = keyof typeof RETRY_PARTS | 'max_cache_size_mb'

/** The options in the spelling of the seed documents and of previews. */
export type SeedFileStorageConfig = {
  readonly [Key in SeedKey]?: Key extends Converted
    ? number | undefined
    : FileStorageOptions[(typeof SEED_KEYS)[Key]]
}

const MIB = 1024 * 1024
const CACHE_MB_MAX = Number.MAX_SAFE_INTEGER / MIB

/** The given options, in the one spelling that all other files use. */
export interface OneDialect {
  readonly options: FileStorageOptions
  /** An option as the caller has spelled it, or would have. */
  readonly nameOf: NameOf
}

/**
 * The options of a configuration, in either spelling. Values are left to the check of the options; those that are
 * converted are checked here.
 *
 * @param where the call that the configuration belongs to
 * @param more options of that call beside those of the storage
 * @throws TypeError for an unknown key, with the nearest one of its spelling, and for one option in two spellings
 */
export function fromSeedConfig(
  given: object | undefined,
  where: string,
  more: readonly string[] = [],
): OneDialect {
  const known = [...more, ...FILE_STORAGE_OPTION_NAMES]
  const keys = Object.keys(SEED_KEYS)
  const speaksSeeds = Object.keys(given ?? {}).some(isSeedKey)
  rejectUnknown(given, [...known, ...keys], where, (key) =>
    key.includes('_') || (speaksSeeds && key === key.toLowerCase())
      ? [...known.filter((name) => name === name.toLowerCase()), ...keys]
      : known,
  )
  const options: Record<string, unknown> = {}
  const spelled = new Map<string, string>()
  for (const [key, value] of Object.entries(given ?? {})) {
    if (value === undefined) continue
    const option = isSeedKey(key) ? SEED_KEYS[key] : key
    const other = spelled.get(option)
    if (other !== undefined && !(isRetryPart(key) && isRetryPart(other)))
      throw wrongArgument(
        `Options "${other}" and "${key}" of ${where} are one option in two spellings: give one of them`,
      )
    spelled.set(option, key)
    options[option] = converted(key, value, options[option])
  }
  const spelling = (option: string): string =>
    keys.find((key) => isSeedKey(key) && SEED_KEYS[key] === option) ?? option
  return {
    options,
    nameOf: (option) => spelled.get(option) ?? (speaksSeeds ? spelling(option) : option),
  }
}

function converted(key: string, value: unknown, before: unknown): unknown {
  if (key === 'max_cache_size_mb') return Math.floor(number(0, CACHE_MB_MAX)(key, value) * MIB)
  if (!isRetryPart(key)) return value
  const part = RETRY_PARTS[key]
  return { ...(before as object | undefined), [part]: RETRY_OPTIONS[part](key, value, {}) }
}

function isSeedKey(key: string): key is SeedKey {
  return Object.hasOwn(SEED_KEYS, key)
}

function isRetryPart(key: string): key is keyof typeof RETRY_PARTS {
  return Object.hasOwn(RETRY_PARTS, key)
}

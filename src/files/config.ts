import { z } from 'zod'
import { wrongArgument } from '../base/misuse.js'
import { pathOption, rejectUnknown, RETRY_RULES, type IntegerRule } from '../base/options.js'
import { isBytes, shortened } from '../base/values.js'
import {
  isNativeBinding,
  NATIVE_BINDING_EXPECTED,
  type NativeBinding,
} from '../engine/disk-port.js'
import { formatPath } from '../document/json.js'
import type { Durability } from '../engine/directory-options.js'
import { HAS_ZSTD } from './pipeline/compress.js'
import type { KeyMaterial } from './pipeline/keys.js'

const text = z.string().min(1)
const bytes = z.int().min(0)
const integer = (rule: IntegerRule) => z.int().min(rule.min).max(rule.max).default(rule.default)
const keyMaterial = z.union([z.custom<Uint8Array>(isBytes), text])

/** The configuration with every default. Sizes are in bytes unless the name says otherwise. */
export interface ResolvedFileStorageConfig {
  /** `auto`: the cloud where a bucket is named, else the local directory. Default 'auto'. */
  readonly backend: 'auto' | 'local' | 'memory' | 'cloud'
  /** Default './storage'. */
  readonly local_storage_path: string
  /** What an acknowledged store survives, see `Durability`. Default 'commit'. */
  readonly durability: Durability
  /** Default 'auto', see `DirectoryOptions.disk`. */
  readonly disk: 'auto' | 'native' | 'portable'
  /** See `DirectoryOptions.nativeBinding`. */
  readonly native_binding?: NativeBinding | undefined
  /** False: a directory that is no store fails with FS-FORMAT-001 instead of becoming one. Default true. */
  readonly create: boolean
  /** Opens a local store to read it, beside any process that has it open; see `DirectoryOptions.readOnly`. Default false. */
  readonly read_only: boolean
  /** Makes a directory that holds other files a store, too. Default false: FS-FORMAT-001. */
  readonly adopt: boolean
  /** Opens although the journal is damaged, and puts it aside. Default false: FS-JOURNAL-001. */
  readonly repair_journal: boolean
  /** Permission bits of new files and directories. Default 0o600 and 0o700. */
  readonly file_mode?: number | undefined
  readonly directory_mode?: number | undefined
  /** Default 10000. */
  readonly lock_timeout_ms: number
  /** How often what the local disk refuses for a moment is tried, the first time included. 1 to 10, default 3. */
  readonly retry_attempts: number
  /** Before the second attempt; doubled before each that follows. Default 100. */
  readonly retry_delay_ms: number
  /** The longest wait between two attempts. Default 1000. */
  readonly retry_max_delay_ms: number
  /** A store that would leave less of the local disk free is refused. Default 100; 0: none is. */
  readonly min_free_mb: number

  readonly gcs_bucket_name?: string | undefined
  readonly gcs_project_id?: string | undefined
  readonly gcs_credentials_path?: string | undefined
  /** Default 'US'. */
  readonly gcs_location: string
  readonly gcs_api_endpoint?: string | undefined
  readonly s3_bucket_name?: string | undefined
  readonly s3_region?: string | undefined
  readonly s3_endpoint?: string | undefined
  readonly s3_access_key_id?: string | undefined
  readonly s3_secret_access_key?: string | undefined
  readonly s3_session_token?: string | undefined
  readonly s3_force_path_style?: boolean | undefined
  readonly cloud_prefix?: string | undefined
  readonly large_upload_bytes?: number | undefined
  /** Default 3. */
  readonly max_retries: number
  /** Default 30. */
  readonly timeout_seconds: number
  readonly breaker_seconds?: number | undefined
  /** Default true. */
  readonly enable_local_fallback: boolean
  /** Default 'keep-both'. */
  readonly on_conflict: 'local-wins' | 'cloud-wins' | 'keep-both'

  /** Default true. */
  readonly enable_cache: boolean
  /** Default 3600. */
  readonly cache_ttl_seconds: number
  /** Default 100. */
  readonly max_cache_size_mb: number
  /** How long the cloud's files are believed without asking. Default 0: each read asks. */
  readonly max_staleness_ms: number

  /** Default true. */
  readonly enable_compression: boolean
  /** Default 'gzip'. */
  readonly compression: 'gzip' | 'zstd'
  /** Only what is longer is compressed. Default 1024. */
  readonly compression_threshold_bytes: number
  /** Plain bytes of each chunk of an encrypted file. Default 8192. */
  readonly chunk_size: number

  /** Default false. */
  readonly enable_encryption: boolean
  /** 32 bytes, raw or as hex or base64; any other text is a passphrase. */
  readonly encryption_key?: KeyMaterial | null | undefined
  /** Only encrypted files count: a plain one is FS-CRYPT-001. Default: `enable_encryption`. False while old files migrate. */
  readonly require_encryption?: boolean | undefined
  /** Default 'default'. */
  readonly encryption_key_id: string
  /** Keys of files that were stored before, by their ids. */
  readonly encryption_old_keys: Readonly<Record<string, KeyMaterial>>

  /** Stored bytes of all files together; none by default. */
  readonly quota_bytes?: number | undefined
  /** The longest content that `retrieve` takes into memory. Default 1 GiB. */
  readonly max_retrieve_bytes: number
  /** How often expired files are looked for. Default 0: only when `sweep` is called. */
  readonly sweep_interval_seconds: number

  /** No effect yet: accepted with a warning. */
  readonly enable_metrics?: boolean | undefined
  readonly metrics_port?: number | undefined
  readonly log_level?: string | undefined
  readonly enable_tracing?: boolean | undefined
  readonly tracing_endpoint?: string | undefined
}

/** Each may be given as a `file:` URL, too. */
const PATHS = ['local_storage_path', 'gcs_credentials_path'] as const

/** What `FileStorage.open` takes: every key is optional. */
export type FileStorageConfig = {
  readonly [Key in keyof ResolvedFileStorageConfig]?:
    ResolvedFileStorageConfig[Key] | (Key extends (typeof PATHS)[number] ? URL : never) | undefined
}

/** Every key of the configuration, with its default. docs/files.md explains them. */
const schema = z.strictObject({
  backend: z.enum(['auto', 'local', 'memory', 'cloud']).default('auto'),
  local_storage_path: text.default('./storage'),
  durability: z.enum(['commit', 'interval', 'none']).default('commit'),
  disk: z.enum(['auto', 'native', 'portable']).default('auto'),
  native_binding: z
    .custom<NativeBinding>(isNativeBinding, `expected ${NATIVE_BINDING_EXPECTED}`)
    .optional(),
  create: z.boolean().optional(),
  read_only: z.boolean().default(false),
  adopt: z.boolean().default(false),
  repair_journal: z.boolean().default(false),
  file_mode: z.int().min(0).max(0o777).optional(),
  directory_mode: z.int().min(0).max(0o2777).optional(),
  lock_timeout_ms: z.int().min(0).max(3_600_000).default(10_000),
  retry_attempts: integer(RETRY_RULES.attempts),
  retry_delay_ms: integer(RETRY_RULES.delayMs),
  retry_max_delay_ms: integer(RETRY_RULES.maxDelayMs),
  min_free_mb: z.int().min(0).default(100),

  gcs_bucket_name: text.optional(),
  gcs_project_id: text.optional(),
  gcs_credentials_path: text.optional(),
  gcs_location: text.default('US'),
  gcs_api_endpoint: text.optional(),
  s3_bucket_name: text.optional(),
  s3_region: text.optional(),
  s3_endpoint: text.optional(),
  s3_access_key_id: text.optional(),
  s3_secret_access_key: text.optional(),
  s3_session_token: text.optional(),
  s3_force_path_style: z.boolean().optional(),
  cloud_prefix: z.string().optional(),
  large_upload_bytes: z.int().min(1).optional(),
  max_retries: z.int().min(0).max(100).default(3),
  timeout_seconds: z.number().positive().max(86_400).default(30),
  enable_local_fallback: z.boolean().default(true),
  breaker_seconds: z.number().positive().optional(),
  on_conflict: z.enum(['local-wins', 'cloud-wins', 'keep-both']).default('keep-both'),

  enable_cache: z.boolean().default(true),
  cache_ttl_seconds: z.number().positive().default(3600),
  max_cache_size_mb: z.number().min(0).default(100),
  max_staleness_ms: z.int().min(0).default(0),

  enable_compression: z.boolean().default(true),
  compression: z.enum(['gzip', 'zstd']).default('gzip'),
  compression_threshold_bytes: bytes.default(1024),
  chunk_size: z
    .int()
    .min(1024)
    .max(16 * 1024 * 1024)
    .default(8192),

  enable_encryption: z.boolean().default(false),
  require_encryption: z.boolean().optional(),
  encryption_key: keyMaterial.nullish(),
  encryption_key_id: text.max(128).default('default'),
  encryption_old_keys: z.record(text.max(128), keyMaterial).default({}),

  quota_bytes: bytes.optional(),
  max_retrieve_bytes: z
    .int()
    .min(1)
    .default(1024 * 1024 * 1024),
  sweep_interval_seconds: z.number().min(0).default(0),

  enable_metrics: z.boolean().optional(),
  metrics_port: z.int().min(0).max(65_535).optional(),
  log_level: text.optional(),
  enable_tracing: z.boolean().optional(),
  tracing_endpoint: text.optional(),
})

export const FILE_STORAGE_CONFIG_KEYS: readonly string[] = Object.keys(schema.shape)

/**
 * Every default, once.
 *
 * @throws TypeError naming the key that is unknown, with the nearest known one, or whose value is wrong
 */
export function resolveFileStorageConfig(given: FileStorageConfig = {}): ResolvedFileStorageConfig {
  rejectUnknown(given, FILE_STORAGE_CONFIG_KEYS, 'FileStorage.open')
  const parsed = schema.safeParse(withPaths(given))
  if (!parsed.success) throw refusal(parsed.error)
  const { create = !parsed.data.read_only } = parsed.data
  const config: ResolvedFileStorageConfig = { ...parsed.data, create }
  if (config.read_only) checkReadOnly(config)
  if (config.native_binding !== undefined && config.disk === 'portable')
    throw wrongArgument('Option "disk": \'portable\' loads no addon: leave out "native_binding"')
  if (config.enable_encryption && (config.encryption_key ?? undefined) === undefined)
    throw wrongArgument('Option "enable_encryption" needs "encryption_key"')
  if (config.require_encryption === true && !config.enable_encryption)
    throw wrongArgument('Option "require_encryption" needs "enable_encryption"')
  if (config.enable_compression && config.compression === 'zstd' && !HAS_ZSTD)
    throw wrongArgument('Option "compression" must be "gzip": zstd needs Node 22.15 or later')
  return Object.freeze(config)
}

function withPaths(given: FileStorageConfig): Readonly<Record<string, unknown>> {
  const named = PATHS.filter((key) => ['object', 'string'].includes(typeof given[key]))
  const present = named.filter((key) => given[key] !== null && given[key] !== '')
  const paths = present.map((key) => [key, pathOption(key, given[key])])
  return { ...given, ...(Object.fromEntries(paths) as Readonly<Record<string, string>>) }
}

function checkReadOnly(config: ResolvedFileStorageConfig): void {
  if (config.create)
    throw wrongArgument('Option "read_only": true cannot make a store: leave out "create": true')
  if (config.backend === 'cloud' || (config.backend === 'auto' && bucketOf(config) !== undefined))
    throw wrongArgument(
      'Option "read_only": true is for a local store: name no bucket, or set "backend": \'local\'',
    )
}

function bucketOf(config: ResolvedFileStorageConfig): string | undefined {
  return config.gcs_bucket_name ?? config.s3_bucket_name
}

/** Named by place only: a value may be a secret. */
function refusal(error: z.ZodError): TypeError {
  const [issue] = error.issues
  const place = formatPath('', issue?.path ?? [])
  return wrongArgument(`Option "${place}" is wrong: ${shortened(issue?.message ?? '')}`)
}

/** What is wrong with a value for a key, if anything. */
export function checkConfigValue(key: string, value: unknown): string | undefined {
  const rule = (schema.shape as Readonly<Record<string, z.ZodType>>)[key]
  return rule?.safeParse(value).error?.issues[0]?.message
}

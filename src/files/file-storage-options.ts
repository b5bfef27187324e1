import { wrongArgument } from '../base/misuse.js'
import { option, pick, type OptionTable, type Resolved } from '../base/option-table.js'
import { choice, flag, integer, number, pathOption, text } from '../base/options.js'
import { isBytes, kindOf } from '../base/values.js'
import {
  DIRECTORY_OPTIONS,
  type CheckedDirectoryOptions,
  type DirectoryOptions,
} from '../engine/directory-options.js'
import {
  BUCKET_OPTIONS,
  type BucketOptions,
  type ResolvedBucketOptions,
} from '../objects/bucket-options.js'
import type { FileBackend } from './backend.js'
import { KEPT_VERSIONS_MAX } from './kept.js'
import { CONFLICT_POLICIES, type ConflictPolicy } from './conflict.js'
import type { KeyMaterial } from './pipeline/keys.js'

/** How a `FileStorage` is opened: each option may be left out. */
export interface FileStorageOptions
  extends Pick<DirectoryOptions, LocalOption>, BucketOptions, IdleOptions {
  /**
   * `auto`: the cloud where a bucket is named, else the local directory. A backend of your own may be given, too: it is
   * used by this storage alone, which closes it. Default 'auto'.
   */
  readonly backend?: 'auto' | 'local' | 'memory' | 'cloud' | FileBackend | undefined
  /** The local directory: a path, or a `file:` URL. Default './storage'. */
  readonly storageDir?: string | URL | undefined
  /** A store that would leave less free space on the local disk is refused, in MB. Default 100; 0: none is. */
  readonly minFreeMb?: number | undefined
  /** Files are kept in the local directory while the cloud is down. Default true. */
  readonly enableLocalFallback?: boolean | undefined
  /** What happens to a file that changed on both sides of an outage. Default 'keep-both'. */
  readonly onConflict?: ConflictPolicy | undefined

  /** Keeps contents that were read in memory. Default true. */
  readonly useCache?: boolean | undefined
  /** Most bytes of contents in the cache. Default 100 MiB; 0 switches it off. */
  readonly cacheBytes?: number | undefined
  /** How long a content stays in the cache, in seconds. Default 3600. */
  readonly cacheTtlSeconds?: number | undefined
  /** How long the cloud's files are believed without asking, in ms. Default 0: each read asks. */
  readonly maxStalenessMs?: number | undefined

  /** Default true. */
  readonly enableCompression?: boolean | undefined
  /** Default 'gzip'; 'zstd' needs Node 22.15 or later. */
  readonly compression?: 'gzip' | 'zstd' | undefined
  /** Only longer contents are compressed. Default 1024. */
  readonly compressionThresholdBytes?: number | undefined
  /** Plain bytes of each chunk of an encrypted file. 1 KiB to 16 MiB, default 8192. */
  readonly chunkBytes?: number | undefined

  /** Default false. */
  readonly enableEncryption?: boolean | undefined
  /** 32 bytes, raw or as hex or base64; any other text is a passphrase. */
  readonly encryptionKey?: KeyMaterial | null | undefined
  /**
   * Only encrypted files count: a plain one is FS-CRYPT-001. Default: as `enableEncryption`. False while old files
   * migrate.
   */
  readonly requireEncryption?: boolean | undefined
  /** The key's name, which is written to the documents. Default 'default'. */
  readonly encryptionKeyId?: string | undefined
  /** Keys of files that were stored before, by their ids. */
  readonly encryptionOldKeys?: Readonly<Record<string, KeyMaterial>> | undefined

  /** Most stored bytes of all files together; no limit by default. */
  readonly quotaBytes?: number | undefined
  /**
   * How many earlier versions of each key are kept when it is stored again or deleted, 0 to 10000: see `history`.
   * Default: as the directory's processes have it; in a bucket, and in memory, 0.
   */
  readonly keepVersions?: number | undefined
  /** Versions that were replaced more than this many days ago are not kept, whatever their number. Default: no limit. */
  readonly keepVersionsDays?: number | undefined
  /** The longest content that `retrieve` takes into memory. Default 1 GiB. */
  readonly maxRetrieveBytes?: number | undefined
  /** How often expired files are looked for, in seconds. Default 0: only when `sweep` is called. */
  readonly sweepIntervalSeconds?: number | undefined
}

/** Options that configurations have, but that have no effect yet: accepted with a warning. */
export interface IdleOptions {
  readonly enableMetrics?: boolean | undefined
  readonly metricsPort?: number | undefined
  readonly logLevel?: string | undefined
  readonly enableTracing?: boolean | undefined
  readonly tracingEndpoint?: string | undefined
}

/** Options that are passed to the local directory as they are. */
export const LOCAL_OPTIONS = [
  'durability',
  'disk',
  'nativeBinding',
  'create',
  'readOnly',
  'adopt',
  'repairJournal',
  'fileMode',
  'directoryMode',
  'lockTimeoutMs',
  'retry',
] as const
type LocalOption = (typeof LOCAL_OPTIONS)[number]

/** The options with every default. */
export type ResolvedFileStorageOptions = Pick<CheckedDirectoryOptions, LocalOption> &
  ResolvedBucketOptions &
  IdleOptions &
  OwnOptions

type OwnOptions = Resolved<
  Omit<FileStorageOptions, LocalOption | keyof BucketOptions | keyof IdleOptions>,
  Pick<
    FileStorageOptions,
    'encryptionKey' | 'keepVersions' | 'keepVersionsDays' | 'quotaBytes' | 'requireEncryption'
  > & {
    readonly storageDir: string
  }
>

const MIB = 1024 * 1024
const BYTES_MAX = Number.MAX_SAFE_INTEGER
/** The longest timer of Node, in seconds. */
const TIMER_SECONDS_MAX = 2_147_483
const KEY_ID_CHARACTERS_MAX = 128

export const IDLE_OPTIONS: OptionTable<IdleOptions> = {
  enableMetrics: option(undefined, flag),
  metricsPort: option(undefined, integer(0, 65_535)),
  logLevel: option(undefined, text),
  enableTracing: option(undefined, flag),
  tracingEndpoint: option(undefined, text),
}

export const VERSION_OPTIONS: OptionTable<
  Pick<ResolvedFileStorageOptions, 'keepVersions' | 'keepVersionsDays'>
> = {
  keepVersions: option(undefined, integer(0, KEPT_VERSIONS_MAX)),
  keepVersionsDays: option(undefined, integer(1, 36_500)),
}

const BACKENDS = choice(['auto', 'local', 'memory', 'cloud'])
const BACKEND_METHODS = ['put', 'get', 'head', 'delete', 'list', 'close'] as const

/** A name, or an object with the methods of a backend. @throws TypeError that names what is missing */
function backendOption(name: string, given: unknown): ReturnType<typeof BACKENDS> | FileBackend {
  if (typeof given !== 'object' || given === null) return BACKENDS(name, given)
  const missing = BACKEND_METHODS.find((method) => typeof Reflect.get(given, method) !== 'function')
  if (missing !== undefined)
    throw wrongArgument(
      `Option "${name}" must be 'auto', 'local', 'memory', 'cloud' or a FileBackend, got an object without the method "${missing}"`,
    )
  return given as FileBackend
}

export const FILE_STORAGE_OPTIONS: OptionTable<ResolvedFileStorageOptions> = {
  ...pick(DIRECTORY_OPTIONS, LOCAL_OPTIONS),
  ...BUCKET_OPTIONS,
  ...IDLE_OPTIONS,
  backend: option('auto', backendOption),
  storageDir: option('./storage', pathOption),
  minFreeMb: option(100, integer(0, 1_000_000_000)),
  enableLocalFallback: option(true, flag),
  onConflict: option('keep-both', choice(CONFLICT_POLICIES)),
  useCache: option(true, flag),
  cacheBytes: option(100 * MIB, integer(0, BYTES_MAX)),
  cacheTtlSeconds: option(3600, number(0.001, BYTES_MAX)),
  maxStalenessMs: option(0, integer(0, BYTES_MAX)),
  enableCompression: option(true, flag),
  compression: option('gzip', choice(['gzip', 'zstd'])),
  compressionThresholdBytes: option(1024, integer(0, BYTES_MAX)),
  chunkBytes: option(8192, integer(1024, 16 * MIB)),
  enableEncryption: option(false, flag),
  encryptionKey: option(undefined, (name, given) =>
    given === null ? null : keyMaterial(name, given),
  ),
  requireEncryption: option(undefined, flag),
  encryptionKeyId: option('default', keyId),
  encryptionOldKeys: option({}, oldKeys),
  quotaBytes: option(undefined, integer(0, BYTES_MAX)),
  ...VERSION_OPTIONS,
  maxRetrieveBytes: option(1024 * MIB, integer(1, BYTES_MAX)),
  sweepIntervalSeconds: option(0, number(0, TIMER_SECONDS_MAX)),
}

export const FILE_STORAGE_OPTION_NAMES: readonly string[] = Object.keys(FILE_STORAGE_OPTIONS)

/** No message shows a key. */
function keyMaterial(name: string, given: unknown): KeyMaterial {
  if (isBytes(given) || (typeof given === 'string' && given !== '')) return given
  throw wrongArgument(`Option "${name}" must be bytes or a non-empty string, got ${kindOf(given)}`)
}

function keyId(name: string, given: unknown): string {
  if (isKeyId(given)) return given
  const expected = `1 to ${KEY_ID_CHARACTERS_MAX} characters`
  throw wrongArgument(`Option "${name}" must be ${expected}, got ${kindOf(given)}`)
}

function oldKeys(name: string, given: unknown): Readonly<Record<string, KeyMaterial>> {
  const expected = `an object of keys by their ids of 1 to ${KEY_ID_CHARACTERS_MAX} characters`
  if (typeof given !== 'object' || given === null || !Object.keys(given).every(isKeyId))
    throw wrongArgument(`Option "${name}" must be ${expected}, got ${kindOf(given)}`)
  const keys = Object.entries(given).map(([id, key]) => [id, keyMaterial(`${name}.${id}`, key)])
  return Object.freeze(Object.fromEntries(keys) as Record<string, KeyMaterial>)
}

function isKeyId(given: unknown): given is string {
  return typeof given === 'string' && given !== '' && given.length <= KEY_ID_CHARACTERS_MAX
}

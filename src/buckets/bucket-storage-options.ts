import { wrongArgument } from '../base/misuse.js'
import {
  option,
  pick,
  resolveOptions,
  type OptionTable,
  type Resolved,
} from '../base/option-table.js'
import { flag, integer, pathOption, rejectUnknown, shown } from '../base/options.js'
import {
  BUCKET_OPTIONS,
  type BucketOptions,
  type ResolvedBucketOptions,
} from '../objects/bucket-options.js'
import {
  DOCUMENT_OPTION_NAMES,
  resolveDocumentOptions,
  type DocumentStorageOptions,
} from '../versions/source/document-storage-options.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import type { VersionDocument } from '../versions/version-storage.js'

/** The bucket, and how it is used. One of `s3BucketName` and `gcsBucketName` is required. */
export interface BucketSourceOptions extends BucketOptions {
  /**
   * For how long, in ms, an answer may come from memory: no answer is older. 0: the bucket is asked for each answer.
   * Default 1000.
   */
  readonly staleMs?: number | undefined
  /** How often a watched storage lists the bucket for the changes of others, in ms. Default 1000. */
  readonly pollIntervalMs?: number | undefined
  /** How long a change competes with those of others, in ms; then it fails with FS-LOCK-001. Default 10000. */
  readonly lockTimeoutMs?: number | undefined
  /**
   * After how long without progress the transaction of another process is undone, in ms; each version that it saves
   * adds 100 ms. Default 3000.
   */
  readonly abandonedMs?: number | undefined
  /**
   * A directory on this machine that keeps the documents that were read: a path, or a `file:` URL. It is a store of its
   * own, as `FileSystemStorage` opens it, and several processes may share it. Default: none.
   */
  readonly cacheDir?: string | URL | undefined
  /**
   * About how many bytes of documents that directory holds at most. What was not read for the longest time is removed.
   * Each process that shares it may exceed that by a sixteenth for a moment. Default 1 GiB, at least 1 MiB.
   */
  readonly cacheDirBytes?: number | undefined
  /** False: a prefix without a store fails with FS-FORMAT-001 instead of becoming one. Default true. */
  readonly create?: boolean | undefined
  /** Changes fail with FS-READONLY-001; nothing is written. Default false. */
  readonly readOnly?: boolean | undefined
}

/** How a storage in a bucket is opened. */
export interface BucketStorageOptions<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
>
  extends BucketSourceOptions, DocumentStorageOptions<Version, SchemaInput> {}

export type ResolvedBucketSourceOptions = ResolvedBucketOptions &
  Resolved<
    Omit<BucketSourceOptions, keyof BucketOptions>,
    { readonly cacheDir: string | undefined }
  >

const MINUTE_MS = 60_000
const MIB = 1024 * 1024

const OPTIONS: OptionTable<ResolvedBucketSourceOptions> = {
  ...BUCKET_OPTIONS,
  cloudPrefix: (name, given, all) => prefixOption(BUCKET_OPTIONS.cloudPrefix(name, given, all)),
  staleMs: option(1000, integer(0, 10 * MINUTE_MS)),
  pollIntervalMs: option(1000, integer(10, 60 * MINUTE_MS)),
  lockTimeoutMs: option(10_000, integer(1, 60 * MINUTE_MS)),
  abandonedMs: option(3000, integer(100, 60 * MINUTE_MS)),
  cacheDir: option(undefined, pathOption),
  cacheDirBytes: option(1024 * MIB, integer(MIB, Number.MAX_SAFE_INTEGER)),
  create: option(true, flag),
  readOnly: option(false, flag),
}

/** The names of these options, without those of every storage over a source. */
export const BUCKET_SOURCE_OPTION_NAMES: readonly (keyof BucketSourceOptions)[] = Object.keys(
  OPTIONS,
) as (keyof BucketSourceOptions)[]

/** @throws TypeError or RangeError that names the option */
export function resolveBucketStorageOptions<Version extends VersionDocument, SchemaInput>(
  given: BucketStorageOptions<Version, SchemaInput>,
  where: string,
): {
  readonly source: ResolvedBucketSourceOptions
  readonly documents: DocumentStorageOptions<Version, SchemaInput>
} {
  rejectUnknown(given, [...BUCKET_SOURCE_OPTION_NAMES, ...DOCUMENT_OPTION_NAMES], where)
  const documents = pick(given ?? {}, DOCUMENT_OPTION_NAMES)
  resolveDocumentOptions<Version>(documents, where)
  const source = Object.freeze(resolveOptions(OPTIONS, given ?? {}))
  if (source.s3BucketName === undefined && source.gcsBucketName === undefined)
    throw wrongArgument(`${where} needs the option "s3BucketName" or "gcsBucketName"`)
  return { source, documents }
}

/** The objects of a store are in a folder of their own. */
function prefixOption(prefix: string): string {
  const isFolder = prefix === '' || (prefix.endsWith('/') && !/^\/|\/\//.test(prefix))
  if (isFolder) return prefix
  throw wrongArgument(
    `Option "cloudPrefix" must be '' or end with "/", without empty parts, got ${shown(prefix)}`,
  )
}

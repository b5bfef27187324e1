import { wrongArgument } from '../../base/misuse.js'
import {
  option,
  pick,
  resolveOptions,
  type OptionTable,
  type Resolved,
} from '../../base/option-table.js'
import { promptVersionSchema, type PromptVersion } from '../prompts/prompt-version.js'
import { SHARD_DEPTH_MAX, SHARD_DEPTH_MIN } from '../../document/prompt-id.js'
import { DIRECTORY_OPTION_NAMES, type DirectoryOptions } from '../../engine/directory-options.js'
import { choice, flag, integer, pathOption, rejectUnknown } from '../../base/options.js'
import { checkSchema } from '../accept-version.js'
import { schemaInfoOption, upgradeOption, type SchemaInfo, type Upgrade } from '../schema-info.js'
import type { StandardSchema, VersionDocument } from '../version-storage.js'

/** How a FileSystemStorage is opened. The `DirectoryOptions` may be given, too. */
export interface FileSystemStorageOptions<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
> extends DirectoryOptions {
  /** The directory of the store: a path, or a `file:` URL. Required. */
  readonly storageDir: string | URL
  /** Keep the names of all versions in memory; if false, every call reads the directories. Default true. */
  readonly useIndex?: boolean | undefined
  /** Keep in memory the documents that were read or saved. Default true. */
  readonly useCache?: boolean | undefined
  /** Most documents in the cache. Default 100. */
  readonly cacheSize?: number | undefined
  /** Most bytes of documents in the cache, by the lengths of their files. Default 64 MiB. */
  readonly cacheBytes?: number | undefined
  /** Spread the prompts over directories named by a hash; fixed when the store is made. Default as made, else false. */
  readonly enableSharding?: boolean | undefined
  /** Hex digits of those directories' names, 1 to 4. Default as made, else 2. */
  readonly shardDepth?: number | undefined
  /** Write a checksum into every file and check it on every read. Default true. */
  readonly checksums?: boolean | undefined
  /** Keep deleted versions in `.trash`, from where `restoreVersion` restores them. Default false. */
  readonly enableTrash?: boolean | undefined
  /** Saves are refused below this much free space, in MB. Default 100; 0 turns the check off. */
  readonly minFreeMb?: number | undefined
  /** Read every directory when opening instead of trusting the index's file. Default false. */
  readonly validateIndexOnLoad?: boolean | undefined
  /** Whether `getLatestVersion` fails on a damaged file or returns the next lower version. Default `'raise'`. */
  readonly onCorrupt?: 'raise' | 'skip' | undefined
  /**
   * Whether pre-releases such as 1.0.0-beta.1 may be saved. `true` is recorded in the store, which accepts them from
   * every opener from then on; `false` refuses them from this one. All openers see stored pre-releases. Default: as
   * recorded, else false.
   */
  readonly allowPrerelease?: boolean | undefined
  /** The schema of the documents: any Standard Schema. Default: the schema of PromptVersion. */
  readonly schema?: StandardSchema<Version, SchemaInput> | undefined
  /**
   * Name and version of the schema. The first save records them in the store; opening a store in which another name, or
   * a later version, is recorded publishes a warning. Default: none, which saves as version 1 does.
   */
  readonly schemaInfo?: SchemaInfo | undefined
  /**
   * Check each document that is read from the disk against the schema, not only those without a checksum. One that does
   * not fit counts as damaged (FS-LOAD-002); one that fits is returned as the schema returns it. Default false.
   */
  readonly validateOnRead?: boolean | undefined
  /**
   * Called for each document that is read from the disk and was saved with an earlier version of the schema than
   * `schemaInfo` says. Its result has to fit the schema, and is returned in place of the document, whose file stays as
   * it is. Default: none, such documents are returned as they were saved.
   */
  readonly upgrade?: Upgrade | undefined
}

/** The store's own options, and those of its directory. */
export type ResolvedFileSystemOptions<Version extends VersionDocument> = OwnOptions<Version> & {
  readonly directory: DirectoryOptions
}

type OwnOptions<Version extends VersionDocument> = Resolved<
  Omit<FileSystemStorageOptions<Version>, keyof DirectoryOptions>,
  {
    readonly storageDir: string
    readonly enableSharding: boolean | undefined
    readonly shardDepth: number | undefined
    readonly allowPrerelease: boolean | undefined
    readonly schema: StandardSchema<Version>
    readonly schemaInfo: SchemaInfo | undefined
    readonly upgrade: Upgrade | undefined
  }
>

const MIB = 1024 * 1024

const OPTIONS: OptionTable<OwnOptions<never>> = {
  storageDir: pathOption,
  useIndex: option(true, flag),
  useCache: option(true, flag),
  cacheSize: option(100, integer(1, 100_000_000)),
  cacheBytes: option(64 * MIB, integer(1024, 64 * 1024 * MIB)),
  // If these two are missing, a store is opened as it was made.
  enableSharding: option(undefined, flag),
  shardDepth: option(undefined, integer(SHARD_DEPTH_MIN, SHARD_DEPTH_MAX)),
  checksums: option(true, flag),
  enableTrash: option(false, flag),
  minFreeMb: option(100, integer(0, 1_000_000_000)),
  validateIndexOnLoad: option(false, flag),
  onCorrupt: option('raise', choice(['raise', 'skip'])),
  allowPrerelease: option(undefined, flag),
  schema: (_, given) => schemaOption(given),
  schemaInfo: (_, given) => schemaInfoOption(given as SchemaInfo | undefined),
  validateOnRead: option(false, flag),
  upgrade: (_, given, { schemaInfo }) =>
    upgradeOption(given as Upgrade | undefined, schemaInfo as SchemaInfo | undefined),
}

export const FILE_SYSTEM_OPTION_NAMES: readonly string[] = Object.keys(OPTIONS)

/** Every default of the store, once. @throws TypeError or RangeError that names the option */
export function resolveFileSystemOptions<Version extends VersionDocument>(
  given: FileSystemStorageOptions<Version>,
): ResolvedFileSystemOptions<Version> {
  if (given === undefined)
    throw wrongArgument('FileSystemStorage.open needs options with a "storageDir"')
  const known = [...FILE_SYSTEM_OPTION_NAMES, ...DIRECTORY_OPTION_NAMES]
  rejectUnknown(given, known, 'FileSystemStorage.open')
  const own: OwnOptions<Version> = resolveOptions(OPTIONS, given)
  return Object.freeze({ ...own, directory: pick(given, DIRECTORY_OPTION_NAMES) })
}

/** Its type fits each `Version`; the caller's options make it fit that of the caller. */
function schemaOption(given: unknown): StandardSchema<never> {
  if (given !== undefined) checkSchema(given)
  // Without a schema, Version is its default, PromptVersion.
  return (given ?? promptVersionSchema) as StandardSchema<never>
}

import { option, resolveOptions, type OptionTable, type Resolved } from '../../base/option-table.js'
import { flag, integer, rejectUnknown } from '../../base/options.js'
import { checkSchema } from '../accept-version.js'
import { promptVersionSchema, type PromptVersion } from '../prompts/prompt-version.js'
import { schemaInfoOption, upgradeOption, type SchemaInfo, type Upgrade } from '../schema-info.js'
import type { StandardSchema, VersionDocument } from '../version-storage.js'

/** How a storage over a source is opened: the same for every source. */
export interface DocumentStorageOptions<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
> {
  /** Keep in memory the documents that were read or saved, and the numbers of their prompts. Default true. */
  readonly useCache?: boolean | undefined
  /** Most documents in the cache. Default 100. */
  readonly cacheSize?: number | undefined
  /** Most bytes of documents in the cache, by the lengths of their texts. Default 64 MiB. */
  readonly cacheBytes?: number | undefined
  /** Whether pre-releases such as 1.0.0-beta.1 may be saved by this program. Stored ones are seen. Default false. */
  readonly allowPrerelease?: boolean | undefined
  /** The schema of the documents: any Standard Schema. Default: the schema of PromptVersion. */
  readonly schema?: StandardSchema<Version, SchemaInput> | undefined
  /** Name and version of the schema, of which the version is saved with each document. Default: none, version 1. */
  readonly schemaInfo?: SchemaInfo | undefined
  /** Check each document that is read against the schema. Default false: its checksum says that it was checked. */
  readonly validateOnRead?: boolean | undefined
  /** Called for each document that was saved with an earlier version of the schema than `schemaInfo` says. */
  readonly upgrade?: Upgrade | undefined
}

export type ResolvedDocumentOptions<Version extends VersionDocument> = Resolved<
  DocumentStorageOptions<Version>,
  {
    readonly schema: StandardSchema<Version>
    readonly schemaInfo: SchemaInfo | undefined
    readonly upgrade: Upgrade | undefined
  }
>

const MIB = 1024 * 1024

const OPTIONS: OptionTable<ResolvedDocumentOptions<never>> = {
  useCache: option(true, flag),
  cacheSize: option(100, integer(1, 100_000_000)),
  cacheBytes: option(64 * MIB, integer(1024, 64 * 1024 * MIB)),
  allowPrerelease: option(false, flag),
  schema: (_, given) => schemaOption(given),
  schemaInfo: (_, given) => schemaInfoOption(given as SchemaInfo | undefined),
  validateOnRead: option(false, flag),
  upgrade: (_, given, { schemaInfo }) =>
    upgradeOption(given as Upgrade | undefined, schemaInfo as SchemaInfo | undefined),
}

/** The names of these options, for the classes that add their own. */
export const DOCUMENT_OPTION_NAMES: readonly (keyof DocumentStorageOptions)[] = Object.keys(
  OPTIONS,
) as (keyof DocumentStorageOptions)[]

/** @throws TypeError or RangeError that names the option */
export function resolveDocumentOptions<Version extends VersionDocument>(
  given: DocumentStorageOptions<Version>,
  where: string,
): ResolvedDocumentOptions<Version> {
  rejectUnknown(given, DOCUMENT_OPTION_NAMES, where)
  return Object.freeze(resolveOptions(OPTIONS, given))
}

/** Its type fits each `Version`; the caller's options make it fit that of the caller. */
function schemaOption(given: unknown): StandardSchema<never> {
  if (given !== undefined) checkSchema(given)
  return (given ?? promptVersionSchema) as StandardSchema<never>
}

import { resolve } from 'node:path'
import { wrongArgument } from '../base/misuse.js'
import {
  option,
  pick,
  resolveOptions,
  type OptionTable,
  type Resolved,
} from '../base/option-table.js'
import { choice, flag, integer, pathOption, rejectUnknown } from '../base/options.js'
import {
  DOCUMENT_OPTION_NAMES,
  resolveDocumentOptions,
  type DocumentStorageOptions,
} from '../versions/source/document-storage-options.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import type { VersionDocument } from '../versions/version-storage.js'
import { DRIVER_NAMES, type DriverName } from './driver.js'

/** How a SqliteStorage is opened. */
export interface SqliteStorageOptions<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
> extends DocumentStorageOptions<Version, SchemaInput> {
  /** The file of the database: a path, or a `file:` URL. Its directory has to exist. Required. */
  readonly file: string | URL
  /**
   * What reaches SQLite: the package better-sqlite3, or the `node:sqlite` of Node 22 and later. Default: better-sqlite3
   * if it is installed, otherwise `node:sqlite`.
   */
  readonly driver?: DriverName | undefined
  /**
   * How long a call waits for the locks of other processes, and a transaction competes with theirs, in ms; then it fails
   * with FS-LOCK-001. Default 10000.
   */
  readonly lockTimeoutMs?: number | undefined
  /** How often a watched storage looks for the changes of other processes, in ms. Default 25. */
  readonly pollIntervalMs?: number | undefined
  /** False: a file that is not a store fails with FS-FORMAT-001 instead of becoming one. Default true. */
  readonly create?: boolean | undefined
  /** Open for reading: nothing is written, and saves fail with FS-READONLY-001. Default false. */
  readonly readOnly?: boolean | undefined
}

export type ResolvedSqliteOptions = Resolved<
  Omit<SqliteStorageOptions, keyof DocumentStorageOptions>,
  { readonly file: string; readonly driver: DriverName | undefined }
>

const OPTIONS: OptionTable<ResolvedSqliteOptions> = {
  file: (name, given) => databaseFile(name, given),
  driver: option(undefined, choice(DRIVER_NAMES)),
  lockTimeoutMs: option(10_000, integer(0, 3_600_000)),
  pollIntervalMs: option(25, integer(1, 3_600_000)),
  create: option(true, flag),
  readOnly: option(false, flag),
}

/** Those that a SqliteStorage adds to the options of every storage over a source. */
export const SQLITE_OPTION_NAMES: readonly (keyof ResolvedSqliteOptions)[] = Object.keys(
  OPTIONS,
) as (keyof ResolvedSqliteOptions)[]

/** @throws TypeError or RangeError that names the option */
export function resolveSqliteOptions<Version extends VersionDocument, SchemaInput>(
  given: SqliteStorageOptions<Version, SchemaInput>,
): {
  readonly database: ResolvedSqliteOptions
  readonly documents: DocumentStorageOptions<Version, SchemaInput>
} {
  const where = 'SqliteStorage.open'
  rejectUnknown(given, [...SQLITE_OPTION_NAMES, ...DOCUMENT_OPTION_NAMES], where)
  const documents = pick(given ?? {}, DOCUMENT_OPTION_NAMES)
  resolveDocumentOptions<Version>(documents, where)
  return { database: Object.freeze(resolveOptions(OPTIONS, given ?? {})), documents }
}

function databaseFile(name: string, given: unknown): string {
  const file = pathOption(name, given)
  if (file !== ':memory:') return resolve(file)
  throw wrongArgument(
    `Option "${name}" must be the path of a file, got ':memory:'; use InMemoryStorage`,
  )
}

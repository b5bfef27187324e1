import { assertOpened, OPENED } from '../base/lifecycle.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { DocumentStorage } from '../versions/source/document-storage.js'
import {
  DOCUMENT_OPTION_NAMES,
  resolveDocumentOptions,
  type DocumentStorageOptions,
} from '../versions/source/document-storage-options.js'
import type { SchemaOf, VersionDocument } from '../versions/version-storage.js'
import {
  POSTGRES_OPTION_NAMES,
  resolvePostgresOptions,
  type PostgresOptions,
  type PostgresStorageOptions,
} from './postgres-options.js'
import { PostgresSource } from './postgres-source.js'

const WHERE = 'PostgresStorage.open'

/** Versions in a PostgreSQL database, for any number of processes and machines. */
export class PostgresStorage<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
> extends DocumentStorage<Version, SchemaInput> {
  /**
   * Connects to the database, and makes the tables of a store in a schema of their own if they are missing.
   *
   * @example
   * await using storage = await PostgresStorage.open({ url: 'postgres://app@db.internal/prompts' })
   * @throws TypeError or RangeError that names the option, or the package to install; StorageError FS-UNAVAILABLE-001
   *   for a server that cannot be reached in time, FS-FORMAT-001 for tables of a later program, FS-PERM-001
   */
  static async open<Version extends VersionDocument = PromptVersion, SchemaInput = unknown>(
    options: PostgresStorageOptions<Version, SchemaInput> & SchemaOf<Version>,
  ): Promise<PostgresStorage<Version, SchemaInput>> {
    resolvePostgresOptions(options, WHERE)
    const forDocuments = only(options, DOCUMENT_OPTION_NAMES) as DocumentStorageOptions<
      Version,
      SchemaInput
    >
    // Wrong options are refused before anything is connected.
    resolveDocumentOptions<Version>(forDocuments, WHERE)
    const source = await PostgresSource.open(
      only(options, POSTGRES_OPTION_NAMES) as PostgresOptions,
    )
    return new PostgresStorage<Version, SchemaInput>(source, forDocuments, OPENED)
  }

  private constructor(
    source: PostgresSource,
    options: DocumentStorageOptions<Version, SchemaInput>,
    via: typeof OPENED,
  ) {
    assertOpened(via, `${WHERE}({ url })`)
    super(source, options)
  }
}

function only(options: object, names: readonly string[]): object {
  const given = Object.entries(options).filter(([name]) => names.includes(name))
  return Object.fromEntries(given)
}

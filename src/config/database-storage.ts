import { rejectUnknown } from '../base/options.js'
import { wrongArgument } from '../base/misuse.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import type {
  FromOptions,
  GivenOf,
  SchemaOf,
  VersionDocument,
} from '../versions/version-storage.js'
import type { VersionStore } from '../versions/version-store.js'
import type { StoreOptions } from './backends/backend.js'

/** Which database, and how it is opened. */
export interface DatabaseStorageOptions<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
> extends StoreOptions<Version, SchemaInput> {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, `sqlite:FILE`. */
  readonly url: string
  /** Settings of the backend, as in a configuration: `{ staleMs: 500 }`. Default: none. */
  readonly config?: Readonly<Record<string, unknown>> | undefined
}

const OPTION_NAMES = ['url', 'config', 'schema', 'schemaInfo', 'upgrade', 'create', 'readOnly']

/** Versions in a database: PostgreSQL or SQLite, as its URL says. */
export class DatabaseStorage {
  private constructor() {
    throw wrongArgument(
      'DatabaseStorage has no public constructor: use await DatabaseStorage.open({ url })',
    )
  }

  /**
   * Opens the store in a database: a `PostgresStorage` or a `SqliteStorage`.
   *
   * @throws TypeError or RangeError that names the option, the part of the URL or the package to install; StorageError as
   *   the `open` of the store does
   */
  static async open<Version extends VersionDocument = PromptVersion, SchemaInput = unknown>(
    options: DatabaseStorageOptions<Version, SchemaInput> & SchemaOf<Version>,
  ): Promise<VersionStore<Version, GivenOf<FromOptions<Version>, SchemaInput>>> {
    const where = 'DatabaseStorage.open'
    if (options === undefined) throw wrongArgument(`${where} needs the option "url"`)
    rejectUnknown(options, OPTION_NAMES, where)
    const { url, config, ...rest } = options as DatabaseStorageOptions
    const { openConfigured } = await import('./open-configured.js')
    const given = { backend: 'database', config: { ...config, url } }
    const store: unknown = await openConfigured(given, rest as StoreOptions<VersionDocument>)
    // The schema in the options, or its default, checks the documents.
    return store as VersionStore<Version, GivenOf<FromOptions<Version>, SchemaInput>>
  }
}

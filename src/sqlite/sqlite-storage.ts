import { dirname, join } from 'node:path'
import { StorageError } from '../base/errors.js'
import { assertOpened, OPENED } from '../base/lifecycle.js'
import { pathOption } from '../base/options.js'
import { codeOf } from '../base/values.js'
import { publishFile } from '../disk/publish-file.js'
import { withTemporaryDirectory } from '../disk/temporary-directory.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { DocumentStorage } from '../versions/source/document-storage.js'
import type { DocumentStorageOptions } from '../versions/source/document-storage-options.js'
import { SUPPORTS_ALL, type Supports } from '../versions/supports.js'
import type { SchemaOf, VersionDocument } from '../versions/version-storage.js'
import type { IntegrityReport } from '../versions/source/integrity.js'
import { checkDatabase } from './integrity.js'
import {
  resolveSqliteOptions,
  type ResolvedSqliteOptions,
  type SqliteStorageOptions,
} from './sqlite-options.js'
import { SqliteSource } from './sqlite-source.js'
import { WorkerClient } from './worker-client.js'

const SUPPORTS_SQLITE: Supports = Object.freeze({
  ...SUPPORTS_ALL,
  integrity: true,
  wholeCopy: true,
})

/**
 * Versions in a file of SQLite: durable once a call has resolved, and shared by all processes of a machine that have it
 * open. Each storage has a thread of its own, so the event loop never waits for the disk.
 *
 * @example
 * await using storage = await SqliteStorage.open({ file: 'prompts.db' })
 */
export class SqliteStorage<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
> extends DocumentStorage<Version, SchemaInput> {
  override readonly supports: Supports = SUPPORTS_SQLITE
  readonly #options: ResolvedSqliteOptions

  /**
   * Opens a database, or makes one if the file is missing or empty.
   * @throws TypeError or RangeError for a wrong option, and if the driver is not installed; StorageError FS-FORMAT-001
   *   for the file of another program and for a newer schema, FS-LOCK-001, FS-IO-001, FS-PERM-001
   */
  static async open<Version extends VersionDocument = PromptVersion, SchemaInput = unknown>(
    options: SqliteStorageOptions<Version, SchemaInput> & SchemaOf<Version>,
  ): Promise<SqliteStorage<Version, SchemaInput>> {
    const { database, documents } = resolveSqliteOptions<Version, SchemaInput>(options)
    const source = await SqliteSource.open(database)
    return new SqliteStorage(source, documents, database, OPENED)
  }

  private constructor(
    source: SqliteSource,
    documents: DocumentStorageOptions<Version, SchemaInput>,
    database: ResolvedSqliteOptions,
    via: typeof OPENED,
  ) {
    assertOpened(via, 'SqliteStorage.open({ file })')
    super(source, documents)
    this.#options = database
  }

  /** The absolute path of the database. */
  get file(): string {
    return this.#options.file
  }

  /**
   * Lets SQLite check its file (`PRAGMA integrity_check`), and reads every document with its checksum. Other calls go on
   * meanwhile: it has a connection of its own.
   */
  override async checkIntegrity(): Promise<IntegrityReport> {
    return await this.keepOpenWhile(
      async () =>
        await this.#withConnection(
          async (client) => await checkDatabase(client, `sqlite:${this.file}`),
        ),
    )
  }

  /**
   * Writes a copy of the database, as it is at one moment, into a new file, while other calls go on. The file appears
   * when it is complete and flushed.
   * @param to its path. Missing directories are made
   * @throws StorageError FS-CONFLICT-001 if the file exists: it is never overwritten
   */
  async backup(to: string | URL): Promise<void> {
    const file = pathOption('to', to)
    await this.keepOpenWhile(
      async () =>
        await withTemporaryDirectory(async (directory) => {
          const staged = join(directory, 'copy.db')
          await this.#withConnection(async (client) => {
            await client.call('copyTo', { file: staged })
          })
          await publishBackup(staged, file)
        }, dirname(file)),
    )
  }

  async #withConnection<Result>(work: (client: WorkerClient) => Promise<Result>): Promise<Result> {
    const client = await WorkerClient.open({ ...this.#options, readOnly: true, create: false })
    try {
      return await work(client)
    } finally {
      await client.close()
    }
  }
}

async function publishBackup(staged: string, file: string): Promise<void> {
  try {
    await publishFile(staged, file)
  } catch (cause) {
    const isTaken = codeOf(cause) === 'EEXIST'
    const message = isTaken
      ? `${file} exists already; a backup never overwrites`
      : `Cannot write the backup ${file}`
    throw new StorageError(isTaken ? 'FS-CONFLICT-001' : 'FS-IO-001', message, {
      cause,
      context: { path: file },
    })
  }
}

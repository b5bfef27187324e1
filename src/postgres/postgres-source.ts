import type { PromptPast } from '../versions/presences.js'
import type { PromptHead } from '../versions/prompt-heads.js'
import type { KnownHistory } from '../versions/prompt-history.js'
import type {
  Coherence,
  DocumentSource,
  InsertRefusal,
  NewDocument,
  SourceListener,
  SourcePlan,
  StoredDocument,
  VersionName,
} from '../versions/source/document-source.js'
import type { Changes } from './changes.js'
import { Commits } from './commits.js'
import type { Connections } from './connections.js'
import type { PgRows } from './driver.js'
import { openDatabase } from './open-database.js'
import { resolvePostgresOptions, type PostgresOptions } from './postgres-options.js'
import { Inserts } from './inserts.js'
import { Reads } from './reads.js'
import { decodeEntry, decodeHead, decodeNames } from './rows.js'
import type { Statement, Statements } from './statements.js'
import { Writes } from './writes.js'

/** The parts of an open database. */
export interface OpenDatabase {
  readonly connections: Connections
  readonly changes: Changes
  readonly statements: Statements
  readonly isReadOnly: boolean
  readonly staleMs: number
  /** Ends the connections of the pool, if it is not the caller's. */
  end(): Promise<void>
}

/** Documents in a PostgreSQL database. */
export class PostgresSource implements DocumentSource {
  readonly place: string
  readonly coherence: Coherence
  readonly #database: OpenDatabase
  readonly #inserts: Inserts
  readonly #writes: Writes
  readonly #reads: Reads

  /**
   * Connects, and makes the tables if they are missing.
   * @throws TypeError or RangeError that names the option; StorageError FS-UNAVAILABLE-001 for a server that cannot be
   *   reached in time, FS-FORMAT-001 for tables of a later program
   */
  static async open(options: PostgresOptions): Promise<PostgresSource> {
    return new PostgresSource(
      await openDatabase(resolvePostgresOptions(options, 'PostgresSource.open')),
    )
  }

  private constructor(database: OpenDatabase) {
    const { connections, changes, statements, isReadOnly, staleMs } = database
    this.#database = database
    this.place = connections.place
    this.coherence = staleMs === 0 ? 'nextCall' : { withinMs: staleMs }
    const commits = new Commits(connections, changes, statements, isReadOnly)
    this.#inserts = new Inserts(connections, commits, statements)
    this.#writes = new Writes(connections, commits, statements)
    this.#reads = new Reads(connections, statements)
  }

  async ids(): Promise<readonly string[]> {
    return idsIn(await this.#ask('ids'))
  }

  async names(promptId: string): Promise<readonly string[]> {
    const [row] = await this.#ask('names', promptId)
    return decodeNames(row?.['versions'])
  }

  async get(promptId: string, versions: readonly string[]): Promise<readonly StoredDocument[]> {
    return await this.#reads.get(promptId, versions)
  }

  async head(promptId: string): Promise<PromptHead | undefined> {
    const [row] = await this.#ask('head', promptId)
    return decodeHead(row?.['head'], this.#placeOf(promptId))
  }

  async past(promptId: string): Promise<PromptPast> {
    const rows = await this.#ask('past', promptId)
    const stored = rows.filter(({ entry }) => entry === null)
    return {
      versions: new Map(
        stored.map(({ version, saved_at: savedAt }) => [
          String(version),
          typeof savedAt === 'string' ? savedAt : null,
        ]),
      ),
      history: rows
        .filter(({ entry }) => entry !== null)
        .map(({ entry }) => decodeEntry(entry, this.#placeOf(promptId))),
    }
  }

  async pastIds(): Promise<readonly string[]> {
    return idsIn(await this.#ask('pastIds'))
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    const [row] = await this.#ask('known')
    const { known_since: since, known_reason: reason } = row ?? {}
    return typeof since === 'string' ? { since, reason: String(reason) } : undefined
  }

  async setKnownSince(known: KnownHistory | undefined): Promise<void> {
    await this.#writes.setKnownSince(known)
  }

  async insert(
    documents: readonly NewDocument[],
    present: readonly VersionName[],
  ): Promise<InsertRefusal | undefined> {
    return await this.#inserts.insert(documents, present)
  }

  async transact(promptIds: readonly string[], plan: SourcePlan): Promise<void> {
    await this.#writes.transact(promptIds, plan)
  }

  async clear(): Promise<void> {
    await this.#writes.clear()
  }

  listen(listener: SourceListener): void {
    this.#database.changes.listen(listener)
  }

  refresh(fresh: boolean): Promise<void> | undefined {
    return this.#database.changes.refresh(fresh)
  }

  follow(): () => void {
    return this.#database.changes.follow()
  }

  async close(): Promise<void> {
    await this.#database.changes.close()
    await this.#database.end()
  }

  async #ask(
    name: 'ids' | 'names' | 'get' | 'head' | 'past' | 'pastIds' | 'known',
    ...values: readonly unknown[]
  ): Promise<PgRows['rows']> {
    const statement: Statement = this.#database.statements[name]
    return await this.#database.connections.read({ ...statement, values })
  }

  #placeOf(promptId: string): string {
    return `${this.place}: ${promptId}`
  }
}

function idsIn(rows: PgRows['rows']): readonly string[] {
  return rows.map(({ prompt_id: promptId }) => String(promptId))
}

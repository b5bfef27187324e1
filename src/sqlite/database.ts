import { documentTime } from '../base/clock.js'
import type { SourceEvent } from '../versions/source/document-source.js'
import { ChangeLog } from './change-log.js'
import { isBusy, sqliteCode, type Connection, type Driver } from './driver.js'
import { failureOf, type Phase } from './failure.js'
import type { Ask, DatabaseSettings, Failure, ReadOperation, WriteOperation } from './messages.js'
import { read } from './reads.js'
import { checkSchemaVersion, failureOfRefusal, prepareSchema, probeSchema } from './schema.js'
import { pragma, rollBack, Statements } from './statements.js'
import { write } from './writes.js'

/** What a call came to. */
export type Outcome = { readonly answer: unknown } | { readonly failure: Failure }

/** What a transaction over several calls came to. */
export interface Group {
  readonly outcomes: readonly Outcome[]
  readonly events: readonly SourceEvent[]
}

/** The calls of a transaction that did not fit into the database together; each may do so alone. */
export const TRY_ALONE: unique symbol = Symbol('try alone')

/** A WAL file that grew in a busy time is cut to this. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024

/** A database, and all that is asked of it. Every call blocks its thread while SQLite waits for the disk. */
export class Database {
  readonly #connection: Connection
  readonly #statements: Statements
  readonly #log: ChangeLog
  readonly #file: string

  /**
   * Opens a database, and makes its schema.
   * @throws SchemaRefusal; an error of SQLite
   */
  static open(driver: Driver, settings: DatabaseSettings): Database {
    probeSchema(driver, settings)
    const connection = driver.open(settings.file, settings.readOnly)
    try {
      // A commit is flushed before it is acknowledged, so that it survives a power cut.
      connection.exec('PRAGMA synchronous = FULL')
      connection.exec('PRAGMA foreign_keys = ON')
      connection.exec('PRAGMA trusted_schema = OFF')
      connection.exec(`PRAGMA journal_size_limit = ${WAL_BYTES_KEPT}`)
      prepareSchema(connection, settings)
      return new Database(connection, settings.file)
    } catch (error) {
      connection.close()
      throw error
    }
  }

  private constructor(connection: Connection, file: string) {
    this.#connection = connection
    this.#file = file
    this.#statements = new Statements(connection)
    this.#log = new ChangeLog(this.#statements)
  }

  get sqliteVersion(): string {
    return String(this.#statements.get('SELECT sqlite_version() AS version')?.['version'])
  }

  /** The events of the commits of other connections since the last call. @throws an error of SQLite */
  unseen(): readonly SourceEvent[] {
    return this.#log.unseen()
  }

  /** @throws an error of SQLite */
  read(ask: Ask<ReadOperation>): unknown {
    return read(this.#statements, ask)
  }

  /**
   * Decides all calls in one transaction, and commits those that are not refused.
   * @throws an error of SQLite if the database is locked
   */
  commit(asks: readonly Ask<WriteOperation>[]): Group | typeof TRY_ALONE {
    let phase: Phase = 'begin'
    try {
      this.#statements.run('BEGIN IMMEDIATE')
      phase = 'write'
      checkSchemaVersion(pragma(this.#connection, 'user_version'), this.#file)
      const next = this.#log.next(documentTime().toISOString())
      const written = asks.map((ask) => write(this.#statements, ask, next))
      const events = written.flatMap((each) => each.events)
      if (events.length > 0) this.#log.add(next, events)
      phase = 'commit'
      this.#statements.run('COMMIT')
      if (events.length === 0) return { outcomes: written, events }
      this.#log.committed(next)
      return { outcomes: written, events: [...next.missed, ...events] }
    } catch (error) {
      rollBack(this.#connection)
      if (phase === 'begin' && isBusy(error)) throw error
      // Not enough room for all of them, or one that is too large for the others.
      const isTooMuch = sqliteCode(error) === 'SQLITE_FULL' || phase === 'write'
      if (asks.length > 1 && isTooMuch) return TRY_ALONE
      const failure = failureOfRefusal(error) ?? failureOf(error, phase, this.#file)
      return { outcomes: asks.map(() => ({ failure })), events: [] }
    }
  }

  close(): void {
    this.#connection.close()
  }
}

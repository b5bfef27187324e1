import { isError } from '../base/values.js'
import { sqliteCode, type Connection, type Driver } from './driver.js'
import type { DatabaseSettings, Failure } from './messages.js'
import { pragma, rollBack } from './statements.js'

/** 'HoFa', as a number: in the header of each database of this package. */
export const APPLICATION_ID = 0x486f4661

/** Changes to get from each version of the schema to the next; the first one makes it. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE versions (
    prompt_id TEXT NOT NULL,
    version TEXT NOT NULL,
    saved_at TEXT,
    document TEXT NOT NULL,
    PRIMARY KEY (prompt_id, version)
  ) STRICT;
  CREATE TABLE heads (
    prompt_id TEXT NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    head TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE history (
    prompt_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (prompt_id, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE changes (
    number INTEGER NOT NULL PRIMARY KEY,
    committed_at TEXT NOT NULL,
    events TEXT NOT NULL
  ) STRICT;
  CREATE TABLE facts (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
]

/** The version of the schema that this program makes, in `PRAGMA user_version`. */
export const SCHEMA_VERSION: number = MIGRATIONS.length

export type SchemaRules = Pick<DatabaseSettings, 'file' | 'create' | 'readOnly'>

/** Why a file is not a store that this program can use. */
export class SchemaRefusal extends Error {
  override readonly name = 'SchemaRefusal'
  readonly failure: Failure

  constructor(file: string, message: string, context: Readonly<Record<string, unknown>> = {}) {
    super(message)
    const path = { path: file, ...context }
    this.failure = { code: 'FS-FORMAT-001', message, context: path, cause: undefined }
  }
}

/** The failure that a refusal is reported as; undefined for any other error. */
export function failureOfRefusal(error: unknown): Failure | undefined {
  return isError(error) && 'failure' in error ? (error as SchemaRefusal).failure : undefined
}

/**
 * Looks at a file through a connection that cannot write: even an open and a close would change the file of another
 * application, whose log SQLite would then apply.
 * @throws SchemaRefusal
 */
export function probeSchema(driver: Driver, rules: SchemaRules): void {
  try {
    const connection = driver.open(rules.file, true)
    try {
      stateOf(connection, rules)
    } finally {
      connection.close()
    }
  } catch (error) {
    if (failureOfRefusal(error) !== undefined || sqliteCode(error) === undefined) throw error
    // A missing file, or one that has to be recovered before it is read: the connection that writes makes or recovers it.
    const isAbsent = sqliteCode(error) === 'SQLITE_CANTOPEN'
    if (isAbsent && !rules.create) throw unusable(rules, 'and "create" is false')
  }
}

/**
 * Makes the schema in an empty file, and brings an older one up to date.
 * @throws SchemaRefusal for the file of another program, and for a newer schema; an error of SQLite for a locked one
 */
export function prepareSchema(connection: Connection, rules: SchemaRules): void {
  const isReady = (): boolean => stateOf(connection, rules) === 'ready'
  if (!isReady()) {
    if (rules.readOnly) throw unusable(rules, 'and is opened for reading')
    connection.exec('BEGIN IMMEDIATE')
    try {
      // Another process may have made it meanwhile.
      if (!isReady()) migrate(connection)
      connection.exec('COMMIT')
    } catch (error) {
      rollBack(connection)
      throw error
    }
  }
  // Behind the mark of the schema: without it, the file would be changed before it is known to be a store.
  if (!rules.readOnly) connection.exec('PRAGMA journal_mode = WAL')
}

function stateOf(connection: Connection, rules: SchemaRules): 'empty' | 'older' | 'ready' {
  const id = pragma(connection, 'application_id')
  const version = pragma(connection, 'user_version')
  if (id === APPLICATION_ID) {
    checkSchemaVersion(version, rules.file)
    return version < SCHEMA_VERSION ? 'older' : 'ready'
  }
  const tables = connection.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count']
  if (id !== 0 || version !== 0 || tables !== 0)
    throw new SchemaRefusal(
      rules.file,
      `${rules.file} is the database of another application; it was not changed`,
      { holds: 'another application' },
    )
  if (!rules.create) throw unusable(rules, 'and "create" is false')
  return 'empty'
}

function unusable({ file }: SchemaRules, why: string): SchemaRefusal {
  return new SchemaRefusal(file, `${file} is not a store yet, ${why}`, { reason: 'no_store' })
}

/** @throws SchemaRefusal for a newer one */
export function checkSchemaVersion(version: number, file: string): void {
  if (version <= SCHEMA_VERSION) return
  throw new SchemaRefusal(
    file,
    `${file} has the schema ${version}, and this program knows those up to ${SCHEMA_VERSION}; use a later version of it`,
    { format_version: version },
  )
}

function migrate(connection: Connection): void {
  const version = pragma(connection, 'user_version')
  for (const migration of MIGRATIONS.slice(version)) connection.exec(migration)
  connection.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
  connection.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
}

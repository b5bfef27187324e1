import type { PromptVersion } from '../../../dist/index.js'
import { encode } from '../plan/document.js'
import type { Subject } from './subject.js'

/** What better-sqlite3 and node:sqlite have in common. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
  close(): void
}

interface SqliteStatement {
  run(...values: readonly string[]): unknown
  get(...values: readonly string[]): unknown
  all(...values: readonly string[]): unknown[]
}

const CREATE =
  'CREATE TABLE IF NOT EXISTS versions (prompt_id TEXT, version TEXT, body TEXT, PRIMARY KEY (prompt_id, version))'

/** Write-ahead log with a flush in each transaction: its durable setting. Many at a time share a transaction. */
export function sqliteSubject(database: SqliteDatabase): Subject {
  // Several processes write in one of the scenarios: they have to wait for each other instead of failing.
  database.exec('PRAGMA busy_timeout = 10000')
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec(CREATE)
  const insert = database.prepare('INSERT INTO versions VALUES (?, ?, ?)')
  const select = database.prepare('SELECT body FROM versions WHERE prompt_id = ? AND version = ?')
  const selectAll = database.prepare('SELECT body FROM versions WHERE prompt_id = ?')
  const save = (document: PromptVersion): void => {
    insert.run(document.prompt_id, document.version, encode(document))
  }
  const saveTogether = transaction(database, save)
  return {
    settings: `${describe(database)}; callers at the same time share one transaction; blocks the event loop`,
    save,
    saveTogether,
    saveBatch: saveTogether,
    get: ({ promptId, version }) => parse(select.get(promptId, version)),
    list: (promptId) => selectAll.all(promptId).map(parse),
    close: () => database.close(),
  }
}

/** As their own helpers for transactions do it; IMMEDIATE, so that two writers wait instead of failing. */
function transaction(
  database: SqliteDatabase,
  save: (document: PromptVersion) => void,
): (documents: readonly PromptVersion[]) => void {
  const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((sql) =>
    database.prepare(sql),
  )
  return (documents) => {
    begin?.run()
    try {
      for (const document of documents) save(document)
      commit?.run()
    } catch (error) {
      rollback?.run()
      throw error
    }
  }
}

function parse(row: unknown): object {
  return JSON.parse((row as { readonly body: string }).body) as object
}

function describe(database: SqliteDatabase): string {
  const pragma = (name: string): string =>
    String(Object.values(database.prepare(`PRAGMA ${name}`).get() as object)[0])
  return `journal_mode ${pragma('journal_mode')}, synchronous ${pragma('synchronous')} (2 is FULL), wal_autocheckpoint ${pragma('wal_autocheckpoint')}`
}

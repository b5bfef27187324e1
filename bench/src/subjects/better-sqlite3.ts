import { join } from 'node:path'
import { documentAt, encode, promptAt, versionAt } from '../document.js'
import { loadPeer } from '../peer.js'
import type { Subject } from './subject.js'

interface Statement {
  run(...values: readonly string[]): unknown
  get(...values: readonly string[]): unknown
}

interface Database {
  pragma(text: string, options?: { readonly simple: boolean }): unknown
  exec(sql: string): unknown
  prepare(sql: string): Statement
  transaction(work: (from: number, count: number) => void): (from: number, count: number) => void
  close(): void
}

interface SqliteModule {
  readonly default: new (path: string) => Database
}

/** Write-ahead log with a flush in each transaction: its durable setting. Many at a time share a transaction. */
export async function openSqlite(directory: string): Promise<Subject> {
  const { default: Sqlite } = await loadPeer<SqliteModule>('better-sqlite3')
  const database = new Sqlite(join(directory, 'versions.db'))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec(
    'CREATE TABLE versions (prompt_id TEXT, version TEXT, body TEXT, PRIMARY KEY (prompt_id, version))',
  )
  const insert = database.prepare('INSERT INTO versions VALUES (?, ?, ?)')
  const select = database.prepare('SELECT body FROM versions WHERE prompt_id = ? AND version = ?')
  const save = (at: number): void => {
    insert.run(promptAt(at), versionAt(at), encode(documentAt(at)))
  }
  return {
    settings: describe(database),
    save,
    saveTogether: database.transaction((from, count) => {
      for (let at = from; at < from + count; at++) save(at)
    }),
    get: (at) => {
      const row = select.get(promptAt(at), versionAt(at)) as { readonly body: string }
      return JSON.parse(row.body) as object
    },
    close: async () => database.close(),
  }
}

function describe(database: Database): string {
  const mode = String(database.pragma('journal_mode', { simple: true }))
  const synchronous = String(database.pragma('synchronous', { simple: true }))
  const pages = String(database.pragma('wal_autocheckpoint', { simple: true }))
  return `journal_mode ${mode}, synchronous ${synchronous} (2 is FULL), wal_autocheckpoint ${pages}; 64 at a time are one transaction; blocks the event loop`
}

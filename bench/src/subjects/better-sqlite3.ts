import { join } from 'node:path'
import { loadPeer } from '../peer.js'
import { sqliteSubject, type SqliteDatabase } from './sqlite.js'
import type { Subject } from './subject.js'

interface SqliteModule {
  readonly default: new (path: string) => SqliteDatabase
}

export async function openBetterSqlite(directory: string): Promise<Subject> {
  const { default: Sqlite } = await loadPeer<SqliteModule>('better-sqlite3')
  return sqliteSubject(new Sqlite(join(directory, 'versions.db')))
}

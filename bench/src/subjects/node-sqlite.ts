import { join } from 'node:path'
import { loadPeer } from '../peer.js'
import { sqliteSubject, type SqliteDatabase } from './sqlite.js'
import type { Subject } from './subject.js'

interface NodeSqliteModule {
  readonly DatabaseSync: new (path: string) => SqliteDatabase
}

/** @throws when this Node has none: it came with Node 22.5 */
export async function openNodeSqlite(directory: string): Promise<Subject> {
  const { DatabaseSync } = await loadPeer<NodeSqliteModule>('node:sqlite')
  return sqliteSubject(new DatabaseSync(join(directory, 'versions.db')))
}

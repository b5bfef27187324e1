// Bare: better-sqlite3 on the thread of the caller, with the same settings, tables and statements.
import { join } from 'node:path'
import { SqliteStorage } from '../../dist/sqlite/index.js'
import { byPrecedence, highest } from './order.mjs'

const VERSION = "INSERT INTO versions VALUES (?, ?, '2026-01-01T00:00:00.000Z', CAST(? AS TEXT))"
const CHANGE =
  "INSERT INTO changes (committed_at, events) VALUES ('2026-01-01T00:00:00.000Z', '[]')"
const ONE =
  "SELECT version, saved_at, CAST(document AS BLOB) AS bytes FROM versions WHERE prompt_id = 'read' AND version = ?"
const NAMES = "SELECT version FROM versions WHERE prompt_id = 'read'"
const HEAD =
  "INSERT INTO heads VALUES ('read', 1, ?) ON CONFLICT (prompt_id) DO UPDATE SET head = excluded.head"
const MOVE =
  "INSERT INTO history VALUES ('read', (SELECT coalesce(max(number), 0) + 1 FROM history WHERE prompt_id = 'read'), ?)"

export async function openSqlite(directory, versions) {
  const file = join(directory, 'prompts.db')
  const storage = await SqliteStorage.open({ file })
  const uncached = await SqliteStorage.open({ file, useCache: false })
  const own = join(directory, 'bare.db')
  const made = await SqliteStorage.open({ file: own })
  await made.saveVersions(versions)
  await made.close()
  const { default: Database } = await import('better-sqlite3')
  const connection = new Database(own)
  connection.exec('PRAGMA synchronous = FULL')
  return {
    storage,
    uncached,
    bare: statementsOn(connection),
    means: 'it is flushed to the disk',
    close: async () => {
      connection.close()
      await storage.close()
      await uncached.close()
    },
  }
}

function statementsOn(connection) {
  const prepared = (sql) => connection.prepare(sql)
  const [begin, commit] = [prepared('BEGIN IMMEDIATE'), prepared('COMMIT')]
  const [insert, change, one] = [prepared(VERSION), prepared(CHANGE), prepared(ONE)]
  const [names, head, move] = [prepared(NAMES), prepared(HEAD), prepared(MOVE)]
  let saved = 0
  const transaction = (work) => {
    begin.run()
    work()
    change.run()
    commit.run()
  }
  const saveOne = (text) => insert.run(`bare-${saved % 64}`, `1.0.${saved++}`, Buffer.from(text))
  const allNames = () => names.all().map(({ version }) => version)
  const get = (version) => JSON.parse(one.get(version).bytes)
  return {
    isAsync: false,
    save: (text) => transaction(() => saveOne(text)),
    saveAll: (text, count) =>
      transaction(() => {
        for (let at = 0; at < count; at++) saveOne(text)
      }),
    get,
    list: (count) =>
      byPrecedence(allNames())
        .slice(0, count)
        .map((version) => get(version)),
    latest: () => get(highest(allNames())),
    move: (version) =>
      transaction(() => {
        head.run(JSON.stringify({ labels: { production: { version } } }))
        move.run(JSON.stringify({ label: 'production', to: version }))
      }),
  }
}

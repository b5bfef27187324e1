import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ChangeLog } from '../../../src/sqlite/change-log.js'
import { loadDriver, type Connection, type Driver } from '../../../src/sqlite/driver.js'
import { prepareSchema } from '../../../src/sqlite/schema.js'
import { Statements } from '../../../src/sqlite/statements.js'
import type { DatabaseSettings, DocumentRow } from '../../../src/sqlite/messages.js'
import { tempDirectory } from '../../support/temp.js'

export async function testDriver(): Promise<Driver> {
  const driver = await loadDriver('better-sqlite3')
  if (driver === undefined) throw new Error('better-sqlite3 is not installed')
  return driver
}

export async function testFile(): Promise<string> {
  return join(await tempDirectory(), 'prompts.db')
}

export function settingsFor(
  file: string,
  changes: Partial<DatabaseSettings> = {},
): DatabaseSettings {
  return {
    file,
    driver: 'better-sqlite3',
    lockTimeoutMs: 10_000,
    create: true,
    readOnly: false,
    ...changes,
  }
}

/** A connection that ends with the test. */
export async function connect(file: string, readOnly = false): Promise<Connection> {
  const connection = (await testDriver()).open(file, readOnly)
  onTestFinished(() => void connection.close())
  return connection
}

/** A store's database as one handle sees it. */
export async function openTables(file: string): Promise<{
  readonly statements: Statements
  readonly log: ChangeLog
}> {
  const connection = await connect(file)
  prepareSchema(connection, settingsFor(file))
  const statements = new Statements(connection)
  return { statements, log: new ChangeLog(statements) }
}

export function documentRow(promptId: string, version: string, text = '{}'): DocumentRow {
  return { promptId, version, bytes: new TextEncoder().encode(text), savedAt: undefined }
}

/** Overwrites the first page of the table of versions. No handle may be open. */
export async function damageVersions(file: string): Promise<void> {
  const connection = (await testDriver()).open(file, true)
  const sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'versions'"
  const page = Number(connection.prepare(sql).get()?.['rootpage'])
  connection.close()
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(PAGE_BYTES, 0xa5), 0, PAGE_BYTES, (page - 1) * PAGE_BYTES)
  await handle.close()
}

const PAGE_BYTES = 4096

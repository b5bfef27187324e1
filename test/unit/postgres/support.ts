import { onTestFinished } from 'vitest'
import { importDriver, type OwnPool } from '../../../src/postgres/driver.js'
import { Connections, type AskedClient } from '../../../src/postgres/connections.js'
import { resolvePostgresOptions } from '../../../src/postgres/postgres-options.js'
import { openDatabase } from '../../../src/postgres/open-database.js'
import type { OpenDatabase } from '../../../src/postgres/postgres-source.js'
import type { PostgresOptions } from '../../../src/postgres/index.js'

export const TIMES = { connectTimeoutMs: 5000, answerTimeoutMs: 30_000 }

/** A pool that ends with the test. */
export async function poolOf(
  url: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<OwnPool> {
  const { Pool } = await importDriver()
  const pool = new Pool({ connectionString: url, allowExitOnIdle: true, ...settings })
  pool.on('error', () => undefined)
  onTestFinished(async () => await pool.end())
  return pool
}

export async function connectionsTo(
  url: string,
  times: typeof TIMES = TIMES,
  max = 10,
): Promise<Connections> {
  return new Connections(await poolOf(url, { max }), max, 'postgres://test', times)
}

/** An open database that is closed with the test. */
export async function databaseAt(options: PostgresOptions): Promise<OpenDatabase> {
  const database = await openDatabase(resolvePostgresOptions(options, 'test'))
  onTestFinished(async () => {
    await database.changes.close()
    await database.end()
  })
  return database
}

/** What a query returns, one at a time, on a connection of its own. */
export async function asked(
  connections: Connections,
  text: string,
  values: readonly unknown[] = [],
): Promise<Readonly<Record<string, unknown>>[]> {
  return await connections.use(async (client: AskedClient) => {
    return [...(await client.query({ text, values })).rows]
  })
}

export { documentOf, planOf } from '../../support/stored-documents.js'

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { PostgresSource } from '../../../src/postgres/index.js'
import { openDatabase } from '../../../src/postgres/open-database.js'
import { resolvePostgresOptions } from '../../../src/postgres/postgres-options.js'
import { POSTGRES_LEFT_OUT, startPostgres, testDatabase } from '../../support/postgres.js'
import { asked, databaseAt, poolOf } from './support.js'

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('openDatabase', () => {
  it('uses a pool of the program, and leaves it open', async () => {
    const pool = await poolOf(await testDatabase(), { max: 3 })
    const source = await PostgresSource.open({ pool, staleMs: 0 })
    expect(source.coherence).toBe('nextCall')
    await expect(source.ids()).resolves.toEqual([])
    await source.close()
    await expect(pool.query({ text: 'SELECT 1 AS n' })).resolves.toMatchObject({ rows: [{ n: 1 }] })
  })

  it('sets the timeouts of its own connections', async () => {
    const { connections } = await databaseAt({
      url: await testDatabase(),
      statementTimeoutMs: 1234,
      lockTimeoutMs: 567,
    })
    await expect(
      asked(
        connections,
        `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
          current_setting('idle_in_transaction_session_timeout') AS idle`,
      ),
    ).resolves.toEqual([{ statement: '1234ms', lock: '567ms', idle: '1234ms' }])
    await expect(connections.read({ text: 'SELECT pg_sleep(60)' })).rejects.toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { outcome: 'none' },
    })
  })

  it('names no password in any error', async () => {
    const server = await startPostgres()
    const secretUrl = `postgres://bob:hunter2@localhost/nothing?host=${encodeURIComponent(server.host)}`
    const open = async (url: string, connectTimeoutMs = 300): Promise<unknown> => {
      const opened = openDatabase(resolvePostgresOptions({ url, connectTimeoutMs }, 'open'))
      return await opened.catch((error: unknown) => error)
    }
    const unknownRole = await open(secretUrl)
    expect(unknownRole).toMatchObject({ code: 'FS-PERM-001' })
    const missing = await open(secretUrl.replace('bob:', 'postgres:'))
    expect(missing).toMatchObject({
      code: 'FS-FORMAT-001',
      message: /database "nothing" does not exist/,
    })
    await server.stop()
    const away = await open(secretUrl)
    expect(away).toMatchObject({ code: 'FS-UNAVAILABLE-001', message: /postgres:\/\/bob@/ })
    const malformed = await open('postgres://bob:hunter2@[/nothing')
    for (const error of [unknownRole, missing, away, malformed])
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
  })
})

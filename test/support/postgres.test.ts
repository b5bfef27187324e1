import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { POSTGRES_LEFT_OUT, startPostgres, testDatabase, withClient } from './postgres.js'

const PATIENCE = 60_000

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('a PostgreSQL server for tests', () => {
  it('is one for all, with an empty database for each that asks', async () => {
    const [first, second] = [await testDatabase(), await testDatabase()]
    await query(first, 'CREATE TABLE notes (text text)')
    await expect(query(first, 'SELECT * FROM notes')).resolves.toEqual([])
    await expect(query(second, 'SELECT * FROM notes')).rejects.toMatchObject({ code: '42P01' })
    await expect(query(second, SYSTEM)).resolves.toEqual(await query(first, SYSTEM))
  })

  it('keeps what was committed when it is killed and started again', async () => {
    const server = await startPostgres({ durable: true })
    const url = await server.createDatabase('kept')
    await query(url, 'CREATE TABLE notes (text text)')
    for (let round = 0; round < 3; round++) {
      await query(url, `INSERT INTO notes VALUES ('${round}')`)
      await server.kill()
      await expect(query(url, 'SELECT 1')).rejects.toThrow()
      await server.start()
    }
    await server.restart()
    await expect(query(url, 'SELECT text FROM notes ORDER BY text')).resolves.toEqual(
      ['0', '1', '2'].map((text) => ({ text })),
    )
    await expect(query(url, 'SHOW fsync')).resolves.toEqual([{ fsync: 'on' }])
  })

  it('takes settings, and fails with what the server says of a wrong one', async () => {
    const server = await startPostgres({ settings: { max_connections: 17 } })
    await expect(query(server.url(), 'SHOW max_connections')).resolves.toEqual([
      { max_connections: '17' },
    ])
    await expect(startPostgres({ settings: { max_connections: 'many' } })).rejects.toThrow(
      /did not start: .*max_connections.*many/,
    )
  })

  it('breaks the connections that are open when it is killed', async () => {
    const server = await startPostgres()
    const client = new pg.Client({ connectionString: server.url() })
    client.on('error', () => undefined)
    await client.connect()
    const waiting = client.query('SELECT pg_sleep(60)')
    await Promise.all([expect(waiting).rejects.toThrow(/terminated/), server.kill()])
  })

  it.runIf(process.platform === 'linux')('ends with the process that has started it', async () => {
    const program = `
      import { startPostgres } from '${new URL('postgres-server.mjs', import.meta.url).href}'
      const { pid, host } = await startPostgres()
      process.stdout.write(JSON.stringify({ pid, host }))
      setInterval(() => undefined, 1000)`
    const arguments_ = ['--input-type=module', '--eval', program]
    const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [answer] = (await once(child.stdout, 'data')) as [Buffer]
    const { pid, host } = JSON.parse(answer.toString()) as { pid: number; host: string }
    child.kill('SIGKILL')
    await expect.poll(() => isRunning(pid), { timeout: PATIENCE }).toBe(false)
    await rm(host, { recursive: true, force: true, maxRetries: 20 })
  })
})

const SYSTEM = 'SELECT system_identifier::text AS system FROM pg_control_system()'

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  return await withClient(url, async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(text)
    return rows
  })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

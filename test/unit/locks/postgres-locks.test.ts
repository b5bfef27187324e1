import { randomBytes } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PostgresLocks } from '../../../src/locks/postgres-locks.js'
import {
  POSTGRES_LEFT_OUT,
  startPostgres,
  testDatabase,
  withClient,
} from '../../support/postgres.js'
import { lockConformance } from './conformance.js'

function locksAt(url: string): PostgresLocks {
  const locks = new PostgresLocks({ url })
  onTestFinished(async () => await locks.close())
  return locks
}

async function lossOf({ lost }: { readonly lost: AbortSignal }): Promise<unknown> {
  if (!lost.aborted)
    await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
  return lost.reason
}

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('on a real PostgreSQL', () => {
  lockConformance({
    name: 'PostgreSQL',
    noticesDeath: true,
    makePlace: async () => ({ kind: 'postgres', url: await testDatabase() }),
    open: async ({ url }) => await Promise.resolve(new PostgresLocks({ url: url as string })),
  })

  it('a holder learns at once that the server was killed, and tokens rise over the restart', async () => {
    const server = await startPostgres({ durable: true })
    const url = await server.createDatabase('locks')
    const locks = locksAt(url)
    let last = 0
    for (let round = 0; round < 3; round++) {
      const lease = await locks.acquire('a', { waitMs: 60_000, ttlMs: 3_600_000 })
      expect(lease.token).toBeGreaterThan(last)
      last = lease.token
      await server.kill()
      expect(await lossOf(lease)).toMatchObject({ code: 'FS-LOCK-002' })
      await expect(locks.acquire('a', { waitMs: 0 })).rejects.toMatchObject({
        code: 'FS-UNAVAILABLE-001',
      })
      await lease.release()
      const waiting = locks.acquire('a', { waitMs: 60_000 })
      await server.start()
      await (await waiting).release()
    }
  })

  it('a holder learns that its session was terminated', async () => {
    const url = await testDatabase()
    const lease = await locksAt(url).acquire('a', { ttlMs: 3_600_000 })
    const text = `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
    await withClient(url, async (client) => await client.query(text))
    expect(await lossOf(lease)).toMatchObject({
      code: 'FS-LOCK-002',
      context: { lock: 'a', token: lease.token },
    })
    await expect(lease.renew()).rejects.toMatchObject({ code: 'FS-LOCK-002' })
  })

  it('tokens rise where the table was lost, and its name is an option', async () => {
    const url = await testDatabase()
    const tokens: number[] = []
    for (let round = 0; round < 2; round++) {
      const locks = new PostgresLocks({ url, table: 'app_locks' })
      tokens.push((await locks.acquire('a')).token)
      await locks.close()
      await withClient(url, async (client) => await client.query('DROP TABLE app_locks'))
    }
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? Infinity)
  })

  it('a user who may not make the table is refused', async () => {
    const url = await testDatabase()
    const role = `holdfast_${randomBytes(8).toString('hex')}`
    await withClient(url, async (client) => {
      await client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC')
      await client.query(`CREATE ROLE ${role} LOGIN`)
    })
    onTestFinished(async () => {
      await withClient(url, async (client) => await client.query(`DROP ROLE ${role}`))
    })
    const guest = new URL(url)
    guest.username = role
    await expect(locksAt(guest.href).acquire('a')).rejects.toMatchObject({
      code: 'FS-PERM-001',
      context: { server: 'PostgreSQL', reason: '42501' },
    })
  })
})

describe('locks in PostgreSQL', () => {
  it('say that a server cannot be reached, and never show the password', async () => {
    const locks = locksAt('postgres://user:s3cret@127.0.0.1:1/db')
    const failure: unknown = await locks
      .acquire('a', { waitMs: 0 })
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      context: { server: 'PostgreSQL', reason: 'ECONNREFUSED' },
    })
    expect(JSON.stringify([failure, String((failure as Error).cause)])).not.toContain('s3cret')
  })

  it.each<[object, RegExp]>([
    [{ url: 'mysql://user:s3cret@host/db' }, /"url" must be a URL such as postgres:/],
    [{ url: 'postgres://user:s3cret@[bad/db' }, /"url" must be a URL such as postgres:/],
    [{ url: 'postgres://h/d', table: 'x; DROP' }, /"table" must be lower-case/],
    [{ url: 'postgres://h/d', timeoutMs: 1 }, /"timeoutMs"/],
    [{ uri: 'postgres://h/d' }, /did you mean "url"/],
  ])('refuse %j', (options, message) => {
    expect(() => new PostgresLocks(options as never)).toThrow(message)
    expect(() => new PostgresLocks(options as never)).not.toThrow(/s3cret/)
  })
})

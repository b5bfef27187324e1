import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { RedisLocks } from '../../../src/locks/redis-locks.js'
import { REDIS_LEFT_OUT, startRedis, type RedisServer } from '../../support/redis.js'
import { lockConformance } from './conformance.js'

function locksAt(url: string): RedisLocks {
  const locks = new RedisLocks({ url })
  onTestFinished(async () => await locks.close())
  return locks
}

describe.skipIf(REDIS_LEFT_OUT !== undefined)('on a real Redis', () => {
  let shared: RedisServer
  let places = 0
  beforeAll(async () => {
    shared = await startRedis()
  })

  lockConformance({
    name: 'Redis',
    noticesDeath: false,
    makePlace: async () =>
      await Promise.resolve({ kind: 'redis', url: shared.url, keyPrefix: `place-${places++}:` }),
    open: async ({ url, keyPrefix }) =>
      await Promise.resolve(new RedisLocks({ url: url as string, keyPrefix: keyPrefix as string })),
  })

  it.each([true, false])(
    'tokens rise when the server is killed and started again (persistent: %s)',
    async (persistent) => {
      const server = await startRedis({ persistent })
      const locks = locksAt(server.url)
      let last = 0
      for (let round = 0; round < 3; round++) {
        const lease = await locks.acquire('a', { waitMs: 60_000, ttlMs: 3_600_000 })
        expect(lease.token).toBeGreaterThan(last)
        last = lease.token
        await server.kill()
        await expect(lease.renew()).rejects.toMatchObject({ code: 'FS-UNAVAILABLE-001' })
        await expect(locks.acquire('b', { waitMs: 0 })).rejects.toMatchObject({
          code: 'FS-UNAVAILABLE-001',
        })
        await server.start()
        await (await locks.acquire('b', { waitMs: 60_000 })).release()
        if (persistent) {
          await lease.renew()
          await lease.release()
        } else {
          await expect(lease.renew()).rejects.toMatchObject({ code: 'FS-LOCK-002' })
          expect(lease.lost.aborted).toBe(true)
        }
      }
    },
  )

  it('a holder that cannot reach the server loses the lock when its time is over', async () => {
    const server = await startRedis()
    const lease = await locksAt(server.url).acquire('a', { ttlMs: 300 })
    await server.kill()
    const { lost } = lease
    if (!lost.aborted)
      await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
    expect(lost.reason).toMatchObject({ code: 'FS-LOCK-002' })
    await lease.release().catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'FS-UNAVAILABLE-001' })
    })
  })

  it('a wrong password is refused, and in no error', async () => {
    const server = await startRedis()
    await server.kill()
    await server.start(['--requirepass', 'right'])
    const url = `${server.url}?password=s3cret`
    const failure: unknown = await locksAt(url)
      .acquire('a')
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'FS-PERM-001', context: { server: 'Redis' } })
    expect(JSON.stringify([failure, (failure as Error).cause])).not.toContain('s3cret')
    const right = locksAt(`${server.url}?password=right`)
    await expect(right.acquire('a')).resolves.toMatchObject({ name: 'a' })
  })
})

describe('locks in Redis', () => {
  it('say that a server cannot be reached', async () => {
    const locks = locksAt('redis://user:s3cret@127.0.0.1:1')
    const failure: unknown = await locks
      .acquire('a', { waitMs: 0 })
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      context: { server: 'Redis', reason: 'ECONNREFUSED' },
    })
    expect(JSON.stringify([failure, (failure as Error).cause])).not.toContain('s3cret')
  })

  it.each<[object, RegExp]>([
    [{ url: 'http://user:s3cret@host' }, /"url" must be a URL such as redis:/],
    [{ url: 'redis://h', keyPrefix: 7 }, /"keyPrefix"/],
    [{ url: 'redis://h', timeout: 1 }, /did you mean "timeoutMs"/],
  ])('refuse %j', (options, message) => {
    expect(() => new RedisLocks(options as never)).toThrow(message)
    expect(() => new RedisLocks(options as never)).not.toThrow(/s3cret/)
  })
})

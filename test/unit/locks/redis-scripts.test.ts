import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ACQUIRE, RELEASE, RENEW } from '../../../src/locks/redis-scripts.js'
import { REDIS_LEFT_OUT, startRedis } from '../../support/redis.js'

const KEYS = ['lock', 'lock:token']
const LONG_MS = 60_000

async function connected(): Promise<Redis> {
  const server = await startRedis()
  const client = new Redis(server.url.replace('unix:', ''))
  onTestFinished(() => client.disconnect())
  return client
}

describe.skipIf(REDIS_LEFT_OUT !== undefined)('the scripts', () => {
  it('answer a repeated acquisition with the token that the holder has', async () => {
    const client = await connected()
    const acquire = async (holder: string) =>
      await client.eval(ACQUIRE, KEYS.length, ...KEYS, holder, LONG_MS)
    const token = await acquire('one')
    expect(await acquire('one')).toBe(token)
    expect(await acquire('two')).toBeNull()
    expect(await client.pttl('lock')).toBeGreaterThan(0)
  })

  it('count on from the last token where the clock is behind it', async () => {
    const client = await connected()
    const last = 2 ** 53 - 10
    await client.set('lock:token', last)
    expect(await client.eval(ACQUIRE, KEYS.length, ...KEYS, 'one', LONG_MS)).toBe(String(last + 1))
  })

  it('renew and release for the holder alone', async () => {
    const client = await connected()
    await client.eval(ACQUIRE, KEYS.length, ...KEYS, 'one', LONG_MS)
    expect(await client.eval(RENEW, KEYS.length, ...KEYS, 'two', 1)).toBe(0)
    expect(await client.eval(RELEASE, KEYS.length, ...KEYS, 'two')).toBe(0)
    expect(await client.eval(RENEW, KEYS.length, ...KEYS, 'one', LONG_MS)).toBe(1)
    expect(await client.eval(RELEASE, KEYS.length, ...KEYS, 'one')).toBe(1)
    expect(await client.eval(RENEW, KEYS.length, ...KEYS, 'one', LONG_MS)).toBe(0)
  })
})

import { describe, expect, it, onTestFinished } from 'vitest'
import { RemoteStorage } from '../../../src/client/remote-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { startServer, SECRETS, TOKENS } from '../server/support.js'

const RETRY = { attempts: 1 } as const

describe('RemoteStorage', () => {
  it('is opened by its method alone', () => {
    expect(() => Reflect.construct(RemoteStorage, [{}, {}])).toThrow(/RemoteStorage\.open/)
  })

  it('says what it may not do with its token', async () => {
    const { address: url } = await startServer({ options: { tokens: TOKENS } })
    await expect(RemoteStorage.open({ url, token: 'not-the-right-token' })).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'HTTP-AUTH-001',
    })
    await using reader = await RemoteStorage.open({ url, token: SECRETS.reader })
    await expect(reader.saveVersion(sampleVersion('p', '1.0.0'))).rejects.toMatchObject({
      code: 'HTTP-AUTH-002',
    })
    expect(await reader.getVersion('p', '1.0.0')).toBeUndefined()
  })

  it('fails to open without a server, unless it may connect later', async () => {
    const url = 'http://127.0.0.1:9'
    await expect(RemoteStorage.open({ url, retry: RETRY })).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
    })
    await using storage = await RemoteStorage.open({ url, retry: RETRY, connect: 'later' })
    await expect(storage.getVersion('p', '1.0.0')).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
    })
  })

  it('answers from memory without a request, and asks with fresh', async () => {
    const { address: url, events } = await startServer()
    await using storage = await RemoteStorage.open({ url, maxStaleMs: 60_000 })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const first = await storage.getVersion('p', '1.0.0')
    const asked = events.length
    expect(await storage.getVersion('p', '1.0.0')).toBe(first)
    expect(events.length).toBe(asked)
    expect(await storage.getVersion('p', '1.0.0', { fresh: true })).toEqual(first)
    await expect.poll(() => events.length).toBeGreaterThan(asked)
  })

  it('asks for a text that it knows by its ETag', async () => {
    const { address: url, storage: behind, events } = await startServer()
    await behind.saveVersion(sampleVersion('p', '1.0.0'))
    await using storage = await RemoteStorage.open({ url, maxStaleMs: 60_000 })
    const first = await storage.getVersion('p', '1.0.0')
    expect(await storage.getVersion('p', '1.0.0', { fresh: true })).toEqual(first)
    await expect
      .poll(() => events.flatMap((one) => (one.event === 'request' ? [one.status] : [])))
      .toContain(304)
  })

  it('sends a save again whose answer was lost, where the same content is accepted', async () => {
    const { address: url, storage: behind } = await startServer()
    let losses = 0
    const losing = async (target: string, init?: RequestInit): Promise<Response> => {
      const response = await fetch(target, init)
      if (!target.endsWith('/insert') || losses++ > 0) return response
      throw new TypeError('the connection was cut after the commit')
    }
    const storage = await RemoteStorage.open({ url, fetch: losing })
    onTestFinished(async () => await storage.close())
    await storage.saveVersions([sampleVersion('p', '1.0.0')], { ifSame: 'accept' })
    expect(losses).toBe(2)
    expect(await behind.listVersionNames('p')).toEqual(['1.0.0'])
    losses = 0
    await expect(storage.saveVersion(sampleVersion('p', '1.0.1'))).rejects.toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { outcome: 'unknown' },
    })
  })
})

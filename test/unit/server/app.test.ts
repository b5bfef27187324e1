import { describe, expect, it } from 'vitest'
import { buildServer, listen } from '../../../src/server/app.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { startServer } from './support.js'

describe('a server', () => {
  it('listens at any free port, and answers in one form', async () => {
    const { address, ask } = await startServer()
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const { status, body, headers } = await ask('/nothing/here', { method: 'DELETE' })
    expect(status).toBe(404)
    expect(body).toEqual({
      error: {
        code: 'HTTP-ROUTE-001',
        message: 'Nothing is at this path for DELETE',
        context: {},
        retryable: false,
      },
    })
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('is not reached by a page of another site, by whatever name', async () => {
    const { app, ask } = await startServer()
    const hosts = await app.inject({ url: '/nothing', headers: { host: 'rebound.example' } })
    expect(hosts.json()).toMatchObject({ error: { code: 'HTTP-HOST-001' } })
    const origin = await ask('/nothing', {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
    })
    expect(origin).toMatchObject({ status: 403, body: { error: { code: 'HTTP-HOST-001' } } })
  })

  it('refuses to listen to other machines without a secret', async () => {
    const app = await buildServer({ storage: new MemoryStorage() })
    await expect(listen(app, { host: '0.0.0.0', port: 0 })).rejects.toThrow(TypeError)
    await app.close()
  })

  it('refuses wrong options by name', async () => {
    const storage = new MemoryStorage()
    await expect(buildServer({ storage, options: { heartbeatMs: 0 } })).rejects.toThrow(
      'heartbeatMs',
    )
    const tokens = [{ name: 'a', secret: 'short' }]
    await expect(buildServer({ storage, options: { tokens } })).rejects.toThrow('tokens[0].secret')
  })
})

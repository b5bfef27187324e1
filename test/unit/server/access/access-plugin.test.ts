import { request } from 'node:https'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buildServer, listen } from '../../../../src/server/app.js'
import { closeServer } from '../../../../src/server/close-server.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { CERTIFICATES } from '../certificates.js'
import { bearer, SECRETS, startServer, TOKENS } from '../support.js'

describe('a server with tokens', () => {
  it('answers nothing but its health without one', async () => {
    const { ask } = await startServer({ options: { tokens: TOKENS } })
    for (const path of ['/livez', '/readyz', '/health', '/health/optimizer'])
      expect((await ask(path)).status, path).toBe(200)
    for (const path of ['/', '/api/v1/prompts', '/nothing']) {
      const refused = await ask(path)
      expect(refused.status, path).toBe(401)
      expect(refused.headers.get('www-authenticate')).toContain('Bearer')
      expect(refused.body).toMatchObject({ error: { code: 'HTTP-AUTH-001' } })
    }
    expect((await ask('/nothing', { headers: bearer(SECRETS.reader) })).status).toBe(404)
  })

  it('refuses what the scope of a token does not include', async () => {
    const { app, ask } = await startServer({ options: { tokens: TOKENS } })
    expect(app.hasRoute({ method: 'GET', url: '/health' })).toBe(true)
    const post = { method: 'POST', headers: bearer(SECRETS.reader) }
    const refused = await ask('/api/v1/saves', post)
    expect(refused).toMatchObject({
      status: 403,
      body: { error: { code: 'HTTP-AUTH-002', context: { scope: 'read', needed: 'write' } } },
    })
  })

  it('blocks an address after too many refused tokens, for right ones too', async () => {
    const { ask } = await startServer({ options: { tokens: TOKENS, refusalsPerMinuteMax: 3 } })
    const statuses: number[] = []
    for (let at = 0; at < 5; at++)
      statuses.push((await ask('/nothing', { headers: bearer('wrong-0123456789abcdef') })).status)
    expect(statuses.slice(0, 3)).toEqual([401, 401, 401])
    expect(statuses.at(-1)).toBe(429)
    const blocked = await ask('/nothing', { headers: bearer(SECRETS.reader) })
    expect(blocked).toMatchObject({ status: 429, body: { error: { code: 'HTTP-RATE-001' } } })
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask('/livez')).status).toBe(200)
  })

  it('names neither the token nor the path in what it reports', async () => {
    const { ask, events } = await startServer({ options: { tokens: TOKENS } })
    await ask('/secret-prompt?text=secret', { headers: bearer(SECRETS.reader) })
    await expect.poll(() => events.length).toBe(1)
    expect(events[0]).toMatchObject({ actor: 'reader', status: 404, code: 'HTTP-ROUTE-001' })
    expect(JSON.stringify(events)).not.toContain('secret')
    expect(JSON.stringify(events)).not.toContain(SECRETS.reader)
  })
})

describe('a server that asks for certificates', () => {
  async function start(): Promise<string> {
    const tls = {
      cert: CERTIFICATES.serverCert,
      key: CERTIFICATES.serverKey,
      clientCa: CERTIFICATES.authority,
    }
    const storage = new MemoryStorage()
    const app = await buildServer({ storage, options: { tls } })
    app.get('/who', async ({ actor }) => await Promise.resolve(actor))
    onTestFinished(async () => await closeServer(app, { shutdownMs: 100 }))
    return await listen(app, { host: '127.0.0.1', port: 0 }, { tls })
  }

  it('knows its clients by theirs', async () => {
    const address = await start()
    const { status, text } = await get(`${address}/who`, {
      cert: CERTIFICATES.clientCert,
      key: CERTIFICATES.clientKey,
    })
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({ name: 'ci-robot', scope: 'admin' })
  })

  it('does not let others as far as a request', async () => {
    const address = await start()
    await expect(get(`${address}/livez`, {})).rejects.toThrow()
    const stranger = { cert: CERTIFICATES.strangerCert, key: CERTIFICATES.strangerKey }
    await expect(get(`${address}/livez`, stranger)).rejects.toThrow()
  })
})

async function get(
  url: string,
  client: { readonly cert?: string; readonly key?: string },
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return await new Promise((resolve, reject) => {
    const sent = request(url, { ...client, ca: CERTIFICATES.authority, agent: false }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.on('end', () => resolve({ status: answer.statusCode, text }))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

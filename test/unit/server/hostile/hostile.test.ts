import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { versionOf } from '../backends.js'
import { SECRETS, startServer, TOKENS as TOKEN_LIST, bearer, type TestServer } from '../support.js'
import { request, sendRaw } from './raw.js'
import { KINDS, SITE_TRICKS, TOKEN_TRICKS, type Hostile } from './requests.js'

const CODED = /^(HTTP-[A-Z]+-\d{3}|ERR_HOLDFAST_ARGUMENT|OPT-[A-Z]+-\d{3}|FS-[A-Z]+-\d{3})$/
const LIMITS = {
  bodyBytesMax: 4 * 1024 * 1024,
  headersTimeoutMs: 400,
  requestTimeoutMs: 800,
  refusalsPerMinuteMax: 100_000,
}

async function refuses(server: TestServer, hostile: readonly Hostile[]): Promise<void> {
  const port = Number(new URL(server.address).port)
  for (const { name, bytes, statuses } of hostile) {
    const answer = await sendRaw(port, bytes)
    if (statuses === undefined) {
      expect(answer.status, name).toBeGreaterThanOrEqual(400)
      expect(answer.status, name).toBeLessThan(500)
    } else expect(statuses, `${name}: ${answer.text.slice(0, 300)}`).toContain(answer.status)
    // HEAD-like answers aside, every refusal has a code.
    if (answer.status !== 0)
      expect(answer.body, `${name}: ${answer.text.slice(0, 300)}`).toMatchObject({
        error: { code: expect.stringMatching(CODED), message: expect.any(String) },
      })
    expect(answer.text, name).not.toContain('at file://')
    expect(answer.text, name).not.toContain('root:')
  }
}

describe('a server under hostile requests', () => {
  it('is tried with 200 of them', () => {
    const all = [...Object.values(KINDS).flat(), ...TOKEN_TRICKS, ...SITE_TRICKS]
    expect(all.length).toBeGreaterThanOrEqual(200)
  })

  it.each(Object.keys(KINDS))(
    'refuses %s with a code, stays up, and keeps what it has',
    async (kind) => {
      const server = await startServer({ options: LIMITS })
      await server.storage.saveVersion(versionOf('p', '1.0.0') as never)
      await refuses(server, KINDS[kind] ?? [])
      expect((await server.ask('/readyz')).status).toBe(200)
      expect(await server.storage.listPromptIds()).toEqual(['p'])
      expect(await server.storage.listVersionNames('p')).toEqual(['1.0.0'])
      expect(server.events.filter(({ event }) => event === 'fault')).toEqual([])
      expect(Object.keys({})).toEqual([])
    },
  )

  it('refuses tokens that are not quite right', async () => {
    const server = await startServer({ options: { ...LIMITS, tokens: TOKEN_LIST } })
    await refuses(server, TOKEN_TRICKS)
    const headers = bearer(SECRETS.reader)
    expect((await server.ask('/api/v1/prompts', { headers })).status).toBe(200)
  })

  it('refuses other names of its host, and pages of other sites', async () => {
    const server = await startServer({ options: LIMITS })
    await refuses(server, SITE_TRICKS)
    expect((await server.ask('/api/v1/prompts')).status).toBe(200)
  })

  it('answers each of 500 requests that come at once on one connection', async () => {
    const { address } = await startServer()
    const line = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const { text } = await sendRaw(
      Number(new URL(address).port),
      line.repeat(499) + request('GET /livez'),
    )
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(500)
  })

  it('closes connections beyond its limit, and serves again when others are gone', async () => {
    const { address, ask } = await startServer({ options: { connectionsMax: 20 } })
    const port = Number(new URL(address).port)
    const sockets: Socket[] = []
    let closed = 0
    for (let at = 0; at < 100; at++) {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.on('error', () => undefined)
      socket.on('close', () => void closed++)
      sockets.push(socket)
    }
    await expect.poll(() => closed).toBeGreaterThanOrEqual(80)
    for (const socket of sockets) socket.destroy()
    await expect
      .poll(
        async () =>
          await ask('/livez').then(
            ({ status }) => status,
            () => 0,
          ),
      )
      .toBe(200)
  })
})

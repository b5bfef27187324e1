import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Http } from '../../../src/client/http.js'

interface Step {
  readonly status?: number
  readonly body?: string
  /** Cuts the connection instead. */
  readonly cuts?: boolean
}

/** A real server that answers by a list, the last step again and again. */
async function served(steps: readonly Step[], timeoutMs = 5000) {
  let asked = 0
  const server = createServer((request, response) => {
    const step = steps[Math.min(asked++, steps.length - 1)] ?? {}
    if (step.cuts === true) request.socket.destroy()
    else if (step.status !== undefined) response.writeHead(step.status).end(step.body ?? '{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const retry = { attempts: 3, delayMs: 1, maxDelayMs: 2 }
  const url = `http://127.0.0.1:${port}`
  const http = new Http({ url, headers: {}, timeoutMs, retry, fetch: globalThis.fetch })
  return { http, asked: () => asked }
}

const READ = { path: '/x', method: 'GET', isRead: true } as const
const CHANGE = { path: '/x', method: 'POST', body: '{}', isRead: false } as const
const failure = (code: string, retryable = false) =>
  JSON.stringify({ error: { code, message: 'm', context: {}, retryable } })

describe('requests of a client', () => {
  it('are sent again where they only read and the connection is lost', async () => {
    const { http, asked } = await served([
      { cuts: true },
      { cuts: true },
      { status: 200, body: 'a' },
    ])
    expect(await http.send(READ)).toMatchObject({ status: 200, text: 'a' })
    expect(asked()).toBe(3)
  })

  it('are not sent again where they may have changed something: the outcome is unknown', async () => {
    const { http, asked } = await served([{ cuts: true }])
    await expect(http.send(CHANGE)).rejects.toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { outcome: 'unknown' },
    })
    expect(asked()).toBe(1)
  })

  it('are sent again where the server has refused before it began', async () => {
    const busy = { status: 503, body: failure('HTTP-BUSY-001') }
    const { http, asked } = await served([busy, { status: 200 }])
    expect((await http.send(CHANGE)).status).toBe(200)
    expect(asked()).toBe(2)
    const always = await served([busy])
    await expect(always.http.send(CHANGE)).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      context: { outcome: 'none' },
      cause: { code: 'HTTP-BUSY-001' },
    })
  })

  it('fail as the storage behind the server does', async () => {
    const { http } = await served([{ status: 500, body: failure('FS-LOAD-001') }])
    await expect(http.send(READ)).rejects.toMatchObject({
      name: 'StorageError',
      code: 'FS-LOAD-001',
    })
  })

  it('end with their time', async () => {
    const { http } = await served([{}], 50)
    await expect(http.send(READ)).rejects.toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { outcome: 'none' },
    })
  })

  it('name a program that is not a server of Holdfast', async () => {
    const { http } = await served([{ status: 502, body: '<html>' }])
    await expect(http.send(READ)).rejects.toThrow(/not a server of Holdfast: status 502/)
    await expect(http.send(CHANGE)).rejects.toMatchObject({ context: { outcome: 'unknown' } })
  })

  it('say that nothing listens, and that nothing was changed', async () => {
    const retry = { attempts: 1, delayMs: 1, maxDelayMs: 1 }
    const url = 'http://127.0.0.1:9'
    const http = new Http({ url, headers: {}, timeoutMs: 5000, retry, fetch: globalThis.fetch })
    expect(http.place).toBe(url)
    await expect(http.send(READ)).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      context: { outcome: 'none' },
    })
  })
})

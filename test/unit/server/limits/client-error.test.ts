import { describe, expect, it } from 'vitest'
import { sendRaw } from '../hostile/raw.js'
import { startServer } from '../support.js'

describe('bytes that are not a request', () => {
  it('are answered as every other failure is, and the connection ends', async () => {
    const { address } = await startServer({ options: { headersTimeoutMs: 200 } })
    const port = Number(new URL(address).port)
    expect(await sendRaw(port, 'NONSENSE\r\n\r\n')).toMatchObject({
      status: 400,
      body: { error: { code: 'HTTP-REQUEST-001', retryable: false } },
    })
    expect(await sendRaw(port, `GET / HTTP/1.1\r\nX: ${'a'.repeat(50_000)}\r\n\r\n`)).toMatchObject(
      {
        status: 431,
        body: { error: { code: 'HTTP-SIZE-001' } },
      },
    )
    expect(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\n')).toMatchObject({
      status: 408,
      body: { error: { code: 'HTTP-TIMEOUT-001', retryable: true } },
    })
  })
})

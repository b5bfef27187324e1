import { describe, expect, it } from 'vitest'
import { startServer, TOKENS, bearer, SECRETS } from '../support.js'

describe('the rate of requests', () => {
  it('is limited for each address, with the time to wait', async () => {
    const { ask } = await startServer({ options: { requestsPerMinuteMax: 3 } })
    const statuses: number[] = []
    for (let at = 0; at < 4; at++) statuses.push((await ask('/nothing')).status)
    expect(statuses).toEqual([404, 404, 404, 429])
    const { headers, body } = await ask('/nothing')
    expect(body).toMatchObject({ error: { code: 'HTTP-RATE-001', retryable: true } })
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask('/readyz')).status).toBe(200)
  })

  it('is counted for each token by itself', async () => {
    const { ask } = await startServer({ options: { requestsPerMinuteMax: 2, tokens: TOKENS } })
    const status = async (secret: string) =>
      (await ask('/nothing', { headers: bearer(secret) })).status
    for (const expected of [404, 404, 429]) expect(await status(SECRETS.reader)).toBe(expected)
    expect(await status(SECRETS.writer)).toBe(404)
  })
})

describe('the id of a request', () => {
  it('is that of the client where it is a plain one, else a new one', async () => {
    const { ask } = await startServer()
    const given = await ask('/livez', { headers: { 'x-request-id': 'trace-1:2.3_4' } })
    expect(given.headers.get('x-request-id')).toBe('trace-1:2.3_4')
    for (const id of ['a b', '<script>', 'x'.repeat(65)]) {
      const made = await ask('/livez', { headers: { 'x-request-id': id } })
      expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    }
  })
})

import { describe, expect, it } from 'vitest'
import { startServer } from '../support.js'

describe('a path with another method', () => {
  it('is answered with the methods that it has', async () => {
    const { ask } = await startServer()
    const refused = await ask('/livez', { method: 'POST' })
    expect(refused).toMatchObject({ status: 405, body: { error: { code: 'HTTP-METHOD-001' } } })
    expect(refused.headers.get('allow')).toBe('GET, HEAD')
    const versions = await ask('/api/v1/prompts/a%2Fb/versions', { method: 'PUT' })
    expect(versions.headers.get('allow')).toContain('POST')
  })

  it('is missing where nothing is at it', async () => {
    const { ask } = await startServer()
    for (const path of ['/nothing', '/api/v1/prompts/a/b/c/d', '/livez/x'])
      expect((await ask(path, { method: 'PUT' })).body).toMatchObject({
        error: { code: 'HTTP-ROUTE-001' },
      })
  })
})

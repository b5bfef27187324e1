import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { documentPath, portPath, type PortOperation } from '../../../../src/wire/paths.js'
import { bearer, SECRETS, startServer, TOKENS, type TestServer } from '../support.js'

async function post(
  { ask }: TestServer,
  operation: PortOperation,
  body: unknown,
  secret: string = SECRETS.admin,
) {
  const headers = { ...bearer(secret), 'content-type': 'application/json' }
  return await ask(portPath(operation), { method: 'POST', headers, body: JSON.stringify(body) })
}

describe('the routes of the port', () => {
  it('answer each scope what it may', async () => {
    const server = await startServer({ options: { tokens: TOKENS } })
    expect((await post(server, 'info', {}, SECRETS.reader)).status).toBe(200)
    const nothing = { documents: [], present: [] }
    expect((await post(server, 'insert', nothing, SECRETS.reader)).status).toBe(403)
    expect((await post(server, 'clear', {}, SECRETS.writer)).status).toBe(403)
    expect((await post(server, 'clear', {})).body).toEqual({ outcome: 'committed' })
  })

  it('refuse every change of a server that is read-only', async () => {
    const server = await startServer({ options: { readOnly: true, tokens: TOKENS } })
    expect((await post(server, 'clear', {})).body).toMatchObject({
      error: { code: 'FS-READONLY-001' },
    })
    expect((await post(server, 'info', {})).status).toBe(200)
  })

  it('refuse a body that does not fit, naming the field', async () => {
    const server = await startServer({ options: { tokens: TOKENS } })
    const { status, body } = await post(server, 'names', { prompt_id: 7 })
    expect(status).toBe(400)
    expect(body).toMatchObject({
      error: { code: 'HTTP-REQUEST-001', context: { field: 'prompt_id' } },
    })
  })

  it('send a document with its checksum as its ETag, and not again to those who have it', async () => {
    const { storage, ask } = await startServer()
    await storage.saveVersion(sampleVersion('a/b', '1.0.0'))
    const first = await ask(documentPath('a/b', '1.0.0'))
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"sha256:/)
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    const second = await ask(documentPath('a/b', '1.0.0'), { headers: { 'if-none-match': etag } })
    expect([second.status, second.text]).toEqual([304, ''])
    expect((await ask(documentPath('a/b', '2.0.0'))).body).toMatchObject({
      error: { code: 'HTTP-NOTFOUND-001' },
    })
  })
})

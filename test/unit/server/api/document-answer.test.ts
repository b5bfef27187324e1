import { describe, expect, it } from 'vitest'
import { checksumOf } from '../../../../src/document/checksum.js'
import { textOf } from '../../../../src/server/api/document-answer.js'
import { versionOf } from '../backends.js'
import { startDescribed } from './contract.js'

const AT = '/api/v1/prompts/a/versions/1.0.0'

describe('a document', () => {
  it('has the checksum of its bytes as its ETag, and is not sent again to who has it', async () => {
    const { ask, storage } = await startDescribed()
    await storage.saveVersion(versionOf('a', '1.0.0') as never)
    const first = await ask(AT)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toBe(`"${checksumOf(Buffer.from(first.text))}"`)
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = await ask(AT, { headers: { 'if-none-match': tag } })
      expect([again.status, again.text], tag).toEqual([304, ''])
      expect(again.headers.get('etag')).toBe(etag)
    }
    expect((await ask(AT, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })

  it('that is named by its checksum may be kept for good', async () => {
    const { ask, storage } = await startDescribed()
    await storage.saveVersion(versionOf('a', '1.0.0') as never)
    const { checksum } = textOf((await storage.getVersion('a', '1.0.0')) ?? ({} as never))
    const kept = await ask(`${AT}?checksum=${checksum}`)
    expect(kept.headers.get('cache-control')).toContain('immutable')
    const other = await ask(`${AT}?checksum=${checksumOf(Buffer.from('x'))}`)
    expect(other).toMatchObject({ status: 404, body: { error: { context: { checksum } } } })
    expect(other.headers.get('cache-control')).toBe('no-store')
  })

  it('that a label names changes with the label', async () => {
    const { ask, app, storage } = await startDescribed()
    for (const version of ['1.0.0', '1.1.0'])
      await storage.saveVersion(versionOf('a', version) as never)
    const put = async (version: string) =>
      await app.inject({
        method: 'PUT',
        url: '/api/v1/prompts/a/labels/live',
        payload: { version },
        headers: { host: 'localhost' },
      })
    await put('1.0.0')
    const at = '/api/v1/prompts/a/resolve?ref=live'
    const etag = (await ask(at)).headers.get('etag') ?? ''
    expect((await ask(at, { headers: { 'if-none-match': etag } })).status).toBe(304)
    await put('1.1.0')
    const moved = await ask(at, { headers: { 'if-none-match': etag } })
    expect(moved.body).toMatchObject({ version: '1.1.0' })
    expect(moved.headers.get('holdfast-version')).toBe('1.1.0')
  })
})

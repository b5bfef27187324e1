import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { tempDirectory } from '../../../support/temp.js'
import { startServer } from '../support.js'

const AT = '/api/v1/files'

async function start(options: { readonly fileBytesMax?: number } = {}) {
  const files = await FileStorage.open({ storageDir: join(await tempDirectory(), 'files') })
  onTestFinished(async () => await files.close())
  return { files, ...(await startServer({ files, options })) }
}

function put(body: string, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'PUT',
    body,
    headers: { 'content-type': 'application/octet-stream', ...headers },
  }
}

describe('files over HTTP', () => {
  it('are stored, listed, read whole and in part, and removed', async () => {
    const { ask, files } = await start()
    const at = `${AT}/${encodeURIComponent('a/b.txt')}`
    const stored = await ask(at, put('0123456789'))
    expect(stored).toMatchObject({ status: 200, body: { file: { key: 'a/b.txt', bytes: 10 } } })
    expect(Buffer.from((await files.retrieve('a/b.txt')) as Uint8Array).toString()).toBe(
      '0123456789',
    )
    const whole = await ask(at)
    expect([whole.status, whole.text]).toEqual([200, '0123456789'])
    expect(whole.headers.get('content-disposition')).toBe('attachment')
    for (const [range, text, of] of [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
      ['bytes=8-99', '89', 'bytes 8-9/10'],
    ] as const) {
      const part = await ask(at, { headers: { range } })
      expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, text, of])
    }
    expect((await ask(at, { headers: { range: 'bytes=99-' } })).status).toBe(200)
    const etag = whole.headers.get('etag') ?? ''
    expect((await ask(at, { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect((await ask(`${AT}?prefix=a/`)).body).toMatchObject({
      files: [{ key: 'a/b.txt' }],
      cursor: null,
    })
    const remove = async () => (await ask(at, { method: 'DELETE' })).body
    expect(await remove()).toEqual({ deleted: true })
    expect(await remove()).toEqual({ deleted: false })
    expect((await ask(at)).status).toBe(404)
  })

  it('keep the conditions of a store', async () => {
    const { ask } = await start()
    const at = `${AT}/k`
    expect((await ask(at, put('1', { 'if-none-match': '*' }))).status).toBe(200)
    expect((await ask(at, put('2', { 'if-none-match': '*' }))).body).toMatchObject({
      error: { code: 'FS-CONFLICT-001' },
    })
    const etag = (await ask(at)).headers.get('etag') ?? ''
    expect((await ask(at, put('2', { 'if-match': etag }))).status).toBe(200)
    expect((await ask(at, put('3', { 'if-match': etag }))).status).toBe(409)
    expect((await ask(at)).text).toBe('2')
  })

  it('that are too big, or have another type, are refused and not stored', async () => {
    const { ask, files } = await start({ fileBytesMax: 1024 })
    expect((await ask(`${AT}/k`, put('x'.repeat(2000)))).body).toMatchObject({
      error: { code: 'HTTP-SIZE-001' },
    })
    expect((await ask(`${AT}/k`, put('x', { 'content-type': 'text/html' }))).status).toBe(415)
    expect((await ask(`${AT}/k`, put('{}', { 'content-type': 'application/json' }))).status).toBe(
      415,
    )
    expect(await files.listKeys()).toEqual([])
  })

  it('are not there where no files are served', async () => {
    const { ask } = await startServer()
    expect((await ask(AT)).status).toBe(404)
  })
})

import { describe, expect, it } from 'vitest'
import type { StoredFile } from '../../../src/files/backend.js'
import { infoOf, isLiving, livingHead } from '../../../src/files/info.js'
import { storeContent } from '../../../src/files/writer.js'
import { contentOf, openParts } from './support.js'

const KEY = { enable_encryption: true, encryption_key: Buffer.alloc(32, 1) } as const

describe('what callers see of a file', () => {
  it('is its document with the data of the backend, and nothing of how it is sealed', async () => {
    const parts = await openParts({ ...KEY, encryption_key_id: 'first' })
    const content = contentOf('k', 'x'.repeat(2000), { metadata: { n: 1 } })
    const { file } = await storeContent(parts, content)
    const info = infoOf(file)
    expect(info).toEqual({
      key: 'k',
      kind: 'text',
      bytes: 2000,
      digest: file.document.digest,
      stored_bytes: file.storedBytes,
      etag: file.etag,
      compression: 'gzip',
      encryption_key_id: 'first',
      metadata: { n: 1 },
      created_at: file.document.created_at,
      updated_at: file.document.updated_at,
      expires_at: undefined,
    })
    expect(info.stored_bytes).toBeLessThan(2000)
  })

  it('is nothing once the file has expired, which is then removed in the background', async () => {
    const expired: StoredFile[] = []
    let now = Date.now()
    const clock = { now: () => now, expire: (file: StoredFile) => void expired.push(file) }
    const parts = await openParts({}, clock)
    const expiresAt = new Date(now + 1000).toISOString()
    await storeContent(parts, contentOf('k', 'text', { expiresAt }))
    expect(await livingHead(parts, 'none')).toBeUndefined()
    expect((await livingHead(parts, 'k'))?.key).toBe('k')
    now += 1000
    expect(await livingHead(parts, 'k')).toBeUndefined()
    expect(expired.map(({ key }) => key)).toEqual(['k'])
  })

  it('is a failure where the file is not trusted, and a time without a MAC expires nothing', async () => {
    const expired: StoredFile[] = []
    const parts = await openParts(KEY, { expire: (file) => void expired.push(file) })
    const plain = await openParts()
    const past = contentOf('k', 'text', { expiresAt: '2020-01-01T00:00:00.000Z' })
    const { file } = await storeContent(plain, past)
    await parts.backend.put('k', Buffer.from('text'), () => file.document)
    await expect(livingHead(parts, 'k')).rejects.toMatchObject({
      code: 'FS-CRYPT-001',
      context: { reason: 'not_encrypted' },
    })
    const sealed = await storeContent(parts, { ...past, key: 'sealed' })
    const { document } = sealed.file
    expect(isLiving(parts, { ...sealed.file, document: { ...document, format: 1 } })).toBe(false)
    expect(expired).toEqual([])
    expect(isLiving(parts, sealed.file)).toBe(false)
    expect(expired.map(({ key }) => key)).toEqual(['sealed'])
  })
})

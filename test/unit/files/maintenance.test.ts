import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  removeOld,
  removeUnchanged,
  rotateKeys,
  sweepExpired,
  syncPending,
  usageOf,
} from '../../../src/files/maintenance.js'
import { readContent } from '../../../src/files/reader.js'
import { storeContent } from '../../../src/files/writer.js'
import { tempDirectory } from '../../support/temp.js'
import { keysOf } from './bucket/files.js'
import { contentOf, openParts } from './support.js'

const DAY_MS = 86_400_000
const [OLD_KEY, NEW_KEY] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const KEY = { enable_encryption: true, encryption_key: OLD_KEY } as const

describe('a sweep', () => {
  it('removes what has expired, and counts it', async () => {
    let now = Date.now()
    const parts = await openParts({}, { now: () => now })
    const expiresAt = new Date(now + 1000).toISOString()
    for (const key of ['a', 'b']) await storeContent(parts, contentOf(key, 'x', { expiresAt }))
    await storeContent(parts, contentOf('c', 'x'))
    expect(await sweepExpired(parts)).toBe(0)
    now += 1000
    expect(await sweepExpired(parts)).toBe(2)
    expect(await keysOf(parts.backend)).toEqual(['c'])
  })

  it('removes nothing for the time in a document that was changed', async () => {
    const parts = await openParts(KEY)
    const { file } = await storeContent(parts, contentOf('k', 'x'))
    const expired = { ...file.document, expires_at: '2020-01-01T00:00:00.000Z' }
    await parts.backend.put('k', Buffer.from('x'), () => expired)
    expect(await sweepExpired(parts)).toBe(0)
    expect(await keysOf(parts.backend)).toEqual(['k'])
  })

  it('of old files goes by the time of the last store, to the millisecond, with a prefix', async () => {
    let now = Date.now()
    const parts = await openParts({}, { now: () => now })
    for (const key of ['log/1', 'log/2', 'other']) await storeContent(parts, contentOf(key, 'x'))
    now += 2 * DAY_MS
    expect(await removeOld(parts, 2, '')).toBe(0)
    now += 1
    await storeContent(parts, contentOf('log/2', 'x'))
    expect(await removeOld(parts, 2, 'log/')).toBe(1)
    expect(await keysOf(parts.backend)).toEqual(['log/2', 'other'])
  })
})

describe('a removal', () => {
  it('hits just the file that was seen, and releases its bytes', async () => {
    const parts = await openParts({ quota_bytes: 1000, enable_compression: false })
    const { file: first } = await storeContent(parts, contentOf('k', 'x'.repeat(100)))
    const { file: second } = await storeContent(parts, contentOf('k', 'x'.repeat(200)))
    await readContent(parts, 'k')
    expect(await removeUnchanged(parts, first)).toBe(false)
    expect(parts.quota.state?.used_bytes).toBe(200)
    expect(parts.cache?.size).toBe(0)
    expect(await removeUnchanged(parts, second)).toBe(true)
    expect(parts.quota.state?.used_bytes).toBe(0)
    expect(await keysOf(parts.backend)).toEqual([])
  })
})

describe('the usage', () => {
  it('counts files, contents and what is stored of them', async () => {
    const parts = await openParts()
    for (const key of ['a', 'b']) await storeContent(parts, contentOf(key, 'x'.repeat(600_000)))
    const usage = await usageOf(parts)
    expect(usage).toMatchObject({ file_count: 2, total_size_bytes: 1_200_000, total_size_mb: 1.14 })
    expect(usage.stored_bytes).toBeLessThan(12_000)
  })
})

describe('a sync', () => {
  it('has nothing to do without a fallback, and refuses a wrong option all the same', async () => {
    const parts = await openParts()
    expect(await syncPending(parts, {})).toEqual({
      replayed: 0,
      conflicts: [],
      failed: [],
      pending: 0,
    })
    await expect(syncPending(parts, { onConflict: 'mine' as never })).rejects.toThrow(TypeError)
    await expect(syncPending(parts, { on_conflict: 'x' } as never)).rejects.toThrow(TypeError)
  })
})

describe('a rotation of keys', () => {
  it('stores every file again that has another key, an expired one too, and leaves nothing of the old', async () => {
    const path = await tempDirectory()
    const place = { backend: 'local', local_storage_path: path } as const
    const options = { ...place, min_free_mb: 0, enable_compression: false } as const
    const old = await openParts({ ...options, ...KEY, encryption_key_id: 'old' })
    const expiresAt = new Date(Date.now() + 100).toISOString()
    await storeContent(old, contentOf('a', 'text a', { metadata: { n: 1 } }))
    await storeContent(old, contentOf('expired', 'text', { expiresAt }))
    const before = await readFile(join(path, 'a~f.enc'))
    await old.backend.close()
    const parts = await openParts({
      ...options,
      enable_encryption: true,
      encryption_key: NEW_KEY,
      encryption_key_id: 'new',
      encryption_old_keys: { old: OLD_KEY },
    })
    await storeContent(parts, contentOf('b', 'text b'))
    await expect.poll(() => Date.now() > Date.parse(expiresAt)).toBe(true)
    expect(await rotateKeys(parts)).toBe(2)
    expect(await rotateKeys(parts)).toBe(0)
    for (const key of ['a', 'b', 'expired'])
      expect((await parts.backend.head(key))?.document.encryption?.key_id).toBe('new')
    const read = await readContent(parts, 'a')
    expect(read?.content.toString()).toBe('text a')
    expect(read?.file.document.metadata).toEqual({ n: 1 })
    for (const name of await readdir(path, { recursive: true, withFileTypes: true }))
      if (name.isFile())
        expect((await readFile(join(name.parentPath, name.name))).includes(before)).toBe(false)
  })

  it('encrypts plain files, and decrypts them again where nothing is to be encrypted', async () => {
    const path = await tempDirectory()
    const place = { backend: 'local', local_storage_path: path, disk: 'portable' } as const
    const options = { ...place, min_free_mb: 0 } as const
    const plain = await openParts(options)
    await storeContent(plain, contentOf('k', 'text'))
    await plain.backend.close()
    const parts = await openParts({ ...options, ...KEY, require_encryption: false })
    expect(await rotateKeys(parts)).toBe(1)
    expect((await parts.backend.head('k'))?.document.format).toBe(2)
    await parts.backend.close()
    const without = await openParts({
      ...options,
      encryption_key: OLD_KEY,
      require_encryption: false,
    })
    expect(await rotateKeys(without)).toBe(1)
    expect((await without.backend.head('k'))?.document.encryption).toBeUndefined()
    expect((await readContent(without, 'k'))?.content.toString()).toBe('text')
  })

  it('leaves a file alone that is replaced meanwhile: it has the current key', async () => {
    const parts = await openParts({ ...KEY, require_encryption: false })
    const plain = await openParts()
    const { file } = await storeContent(plain, contentOf('k', 'old'))
    await parts.backend.put('k', Buffer.from('old'), () => file.document)
    const { backend } = parts
    const get = backend.get.bind(backend)
    let isFirst = true
    backend.get = async (...given) => {
      const found = await get(...given)
      if (isFirst) {
        isFirst = false
        await storeContent(parts, contentOf('k', 'new'))
      }
      return found
    }
    expect(await rotateKeys(parts)).toBe(0)
    expect((await readContent(parts, 'k'))?.content.toString()).toBe('new')
  })

  it('fails at a file that is not trusted, instead of encrypting it with the key', async () => {
    const parts = await openParts(KEY)
    const plain = await openParts()
    const { file } = await storeContent(plain, contentOf('k', 'planted'))
    await parts.backend.put('k', Buffer.from('planted'), () => file.document)
    await expect(rotateKeys(parts)).rejects.toMatchObject({
      code: 'FS-CRYPT-001',
      context: { reason: 'not_encrypted' },
    })
  })
})

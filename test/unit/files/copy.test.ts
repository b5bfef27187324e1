import { describe, expect, it } from 'vitest'
import type { FileStorageConfig } from '../../../src/files/config.js'
import { copyFile, moveFile, type CopyRequest } from '../../../src/files/copy.js'
import type { FileParts } from '../../../src/files/parts.js'
import { readContent } from '../../../src/files/reader.js'
import { storeContent } from '../../../src/files/writer.js'
import { tempDirectory } from '../../support/temp.js'
import { contentOf, openParts } from './support.js'

const KEY = { enable_encryption: true, encryption_key: Buffer.alloc(32, 1) } as const

const requestOf = (changes: Partial<CopyRequest> = {}): CopyRequest => ({
  from: 'from',
  to: 'to',
  condition: {},
  expiresAt: undefined,
  ...changes,
})

const textOf = async (parts: FileParts, key: string): Promise<string | undefined> =>
  (await readContent(parts, key))?.content.toString()

const store = async (parts: FileParts, key: string, text: string) =>
  (await storeContent(parts, contentOf(key, text))).file

/** A backend without commits of several files moves in two steps, a directory in one. */
describe.each<[string, () => Promise<FileStorageConfig>]>([
  ['in memory', async () => await Promise.resolve({})],
  [
    'in a directory',
    async () => ({
      backend: 'local',
      local_storage_path: await tempDirectory(),
      disk: 'portable',
      min_free_mb: 0,
    }),
  ],
])('a file %s', (_, place) => {
  it('is copied with its kind, metadata and expiry, and encrypted again under its own key', async () => {
    const parts = await openParts({ ...(await place()), ...KEY })
    const expiresAt = '2099-01-01T00:00:00.000Z'
    await storeContent(parts, contentOf('from', 'text', { metadata: { n: 1 }, expiresAt }))
    const copied = await copyFile(parts, requestOf())
    expect(copied).toMatchObject({
      replaced: false,
      copy: { document: { kind: 'text', metadata: { n: 1 }, expires_at: expiresAt } },
    })
    const [source, copy] = [copied?.source.document, copied?.copy.document]
    expect(source?.encryption?.salt).not.toBe(copy?.encryption?.salt)
    expect([await textOf(parts, 'from'), await textOf(parts, 'to')]).toEqual(['text', 'text'])
    const later = '2100-01-01T00:00:00.000Z'
    const again = await copyFile(parts, requestOf({ expiresAt: later }))
    expect(again).toMatchObject({ replaced: true, copy: { document: { expires_at: later } } })
    expect(await copyFile(parts, requestOf({ from: 'none' }))).toBeUndefined()
  })

  it('is moved: it is under its new key only, and a missing one is not', async () => {
    const parts = await openParts(await place())
    await store(parts, 'from', 'text')
    expect(await moveFile(parts, requestOf())).toBe(true)
    expect([await textOf(parts, 'from'), await textOf(parts, 'to')]).toEqual([undefined, 'text'])
    expect(await moveFile(parts, requestOf())).toBe(false)
    expect(await textOf(parts, 'to')).toBe('text')
  })

  it('stays where the condition on its target does not hold', async () => {
    const parts = await openParts(await place())
    await store(parts, 'from', 'text')
    const { etag } = await store(parts, 'to', 'old')
    const conflict = { code: 'FS-CONFLICT-001' }
    for (const condition of [{ ifAbsent: true }, { ifMatch: 'another' }]) {
      await expect(copyFile(parts, requestOf({ condition }))).rejects.toMatchObject(conflict)
      await expect(moveFile(parts, requestOf({ condition }))).rejects.toMatchObject(conflict)
    }
    expect([await textOf(parts, 'from'), await textOf(parts, 'to')]).toEqual(['text', 'old'])
    expect(await moveFile(parts, requestOf({ condition: { ifMatch: etag } }))).toBe(true)
    expect([await textOf(parts, 'from'), await textOf(parts, 'to')]).toEqual([undefined, 'text'])
  })

  it('is moved as it is in the end when it is replaced meanwhile', async () => {
    const parts = await openParts({ ...(await place()), enable_cache: false })
    await store(parts, 'from', 'old')
    const { etag } = await store(parts, 'to', 'replaced')
    const { backend } = parts
    const get = backend.get.bind(backend)
    let isFirst = true
    backend.get = async (...given) => {
      const found = await get(...given)
      if (isFirst && found !== undefined) {
        isFirst = false
        await store(parts, 'from', 'new')
      }
      return found
    }
    const condition = { ifMatch: etag }
    expect(await moveFile(parts, requestOf({ condition }))).toBe(true)
    expect([await textOf(parts, 'from'), await textOf(parts, 'to')]).toEqual([undefined, 'new'])
  })

  it('that is moved counts once in the quota', async () => {
    const limits = { quota_bytes: 250, enable_compression: false } as const
    const parts = await openParts({ ...(await place()), ...limits })
    await store(parts, 'from', 'x'.repeat(100))
    expect(await moveFile(parts, requestOf())).toBe(true)
    expect(parts.quota.state?.used_bytes).toBe(100)
  })
})

it('a move in steps leaves no copy behind when its original was replaced before it was removed', async () => {
  const parts = await openParts()
  await store(parts, 'from', 'old')
  const { backend } = parts
  const remove = backend.delete.bind(backend)
  let isFirst = true
  const removed: string[] = []
  backend.delete = async (key, condition) => {
    if (isFirst) {
      isFirst = false
      await store(parts, 'from', 'new')
    }
    removed.push(key)
    return await remove(key, condition)
  }
  expect(await moveFile(parts, requestOf())).toBe(true)
  // The first copy was undone before the next attempt.
  expect(removed).toEqual(['from', 'to', 'from'])
  expect([await textOf(parts, 'from'), await textOf(parts, 'to')]).toEqual([undefined, 'new'])
})

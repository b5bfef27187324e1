import { describe, expect, it } from 'vitest'
import { resolveCondition, resolveStoring, storeContent } from '../../../src/files/writer.js'
import { contentOf, openParts } from './support.js'

const KEY = { enable_encryption: true, encryption_key: Buffer.alloc(32, 1) } as const

describe('a store', () => {
  it('keeps the time of the first store of a file, and begins again after a delete or an expiry', async () => {
    let now = Date.parse('2026-01-01T00:00:00.000Z')
    const parts = await openParts({}, { now: () => now })
    const store = async (expiresAt?: string) =>
      await storeContent(parts, contentOf('k', 'text', { expiresAt }))
    expect(await store()).toMatchObject({ replaced: false })
    now += 1000
    const second = await store('2026-01-01T00:00:02.000Z')
    expect(second).toMatchObject({
      replaced: true,
      file: {
        document: {
          created_at: '2026-01-01T00:00:00.000Z',
          updated_at: '2026-01-01T00:00:01.000Z',
          expires_at: '2026-01-01T00:00:02.000Z',
        },
      },
    })
    now += 1000
    const third = await store()
    expect(third).toMatchObject({
      replaced: false,
      file: { document: { created_at: '2026-01-01T00:00:02.000Z', expires_at: undefined } },
    })
  })

  it('where none is to be replaces an expired file, and with its etag none does', async () => {
    let now = Date.now()
    const parts = await openParts({}, { now: () => now })
    const expiresAt = new Date(now + 1000).toISOString()
    const { file } = await storeContent(parts, contentOf('k', 'old', { expiresAt }))
    const ifAbsent = contentOf('k', 'new', { condition: { ifAbsent: true } })
    await expect(storeContent(parts, ifAbsent)).rejects.toMatchObject({ code: 'FS-CONFLICT-001' })
    now += 1000
    const ifMatch = contentOf('k', 'new', { condition: { ifMatch: file.etag } })
    await expect(storeContent(parts, ifMatch)).rejects.toMatchObject({ code: 'FS-CONFLICT-001' })
    expect((await storeContent(parts, { ...ifMatch, again: true })).replaced).toBe(false)
  })

  it('grows the version of a sealed document, though the clock was set back', async () => {
    let now = Date.now()
    const parts = await openParts(KEY, { now: () => now })
    const versions: (number | undefined)[] = []
    for (const ms of [0, -5000, -10_000, 60_000]) {
      now += ms
      const { file } = await storeContent(parts, contentOf('k', 'text'))
      versions.push(file.document.version)
    }
    const [first = 0] = versions
    expect(versions.slice(1, 3)).toEqual([first + 1, first + 2])
    expect(versions[3]).toBe(now * 1000)
  })

  it('reserves its bytes in the quota, less those that it replaces, and releases them when it fails', async () => {
    const parts = await openParts({ quota_bytes: 100, enable_compression: false })
    const used = (): number | undefined => parts.quota.state?.used_bytes
    await storeContent(parts, contentOf('k', 'x'.repeat(60)))
    await storeContent(parts, contentOf('k', 'x'.repeat(90)))
    expect(used()).toBe(90)
    await expect(storeContent(parts, contentOf('b', 'x'.repeat(11)))).rejects.toMatchObject({
      code: 'FS-QUOTA-001',
    })
    const put = async (...given: Parameters<typeof parts.backend.put>): Promise<never> => {
      // Described, as a backend does once the body has ended, and then it fails.
      given[2](undefined, 10)
      return await Promise.reject(new Error('the disk broke'))
    }
    await expect(storeContent(parts, contentOf('c', 'x'.repeat(10), { put }))).rejects.toThrow(
      'broke',
    )
    expect(used()).toBe(90)
    await storeContent(parts, contentOf('d', 'x'.repeat(10)))
    expect(used()).toBe(100)
  })

  it('takes the content out of the cache, also when it fails', async () => {
    const parts = await openParts()
    const { file } = await storeContent(parts, contentOf('k', 'text'))
    for (const content of [
      contentOf('k', 'new'),
      contentOf('k', 'x', { condition: { ifAbsent: true } }),
    ]) {
      const entry = { file, content: Buffer.from('text'), checkedMs: 0 }
      await parts.cache?.load('k', async () => await Promise.resolve(entry))
      await storeContent(parts, content).catch(() => undefined)
      expect(await parts.cache?.get('k')).toBeUndefined()
    }
  })
})

describe('the options of a store', () => {
  it('are taken as they are at the call', () => {
    const metadata = { list: [1] }
    const storing = resolveStoring({ ifAbsent: true }, metadata, 'store')
    metadata.list.push(2)
    expect(storing).toEqual({
      metadata: { list: [1] },
      condition: { ifAbsent: true },
      expiresAt: undefined,
    })
  })

  it('have a time of expiry in any form, else that of the metadata', () => {
    const text = '2030-01-02T03:04:05.678Z'
    const time = Date.parse(text)
    for (const expiresAt of [text, time, new Date(time)])
      expect(resolveStoring({ expiresAt }, {}, 'store').expiresAt).toBe(text)
    expect(resolveStoring({}, { expires_at: text }, 'store').expiresAt).toBe(text)
    const both = resolveStoring({ expiresAt: time + 1 }, { expires_at: text }, 'store')
    expect(both.expiresAt).toBe('2030-01-02T03:04:05.679Z')
  })

  it.each([
    ['an unknown option', { ifabsent: true }, {}],
    ['two conditions', { ifAbsent: true, ifMatch: 'e' }, {}],
    ['an etag that is none', { ifMatch: '' }, {}],
    ['a condition that is not a boolean', { ifAbsent: 'yes' }, {}],
    ['a time that is none', { expiresAt: 'tomorrow' }, {}],
    ['a time beyond all dates', { expiresAt: 8.64e15 + 1 }, {}],
    ['a year of five digits', { expiresAt: 8.64e15 }, {}],
    ['an invalid date', { expiresAt: new Date(Number.NaN) }, {}],
    ['a time in the metadata that is none', {}, { expires_at: 'tomorrow' }],
    ['metadata that is a list', {}, []],
    ['metadata that JSON would change', {}, { at: new Map() }],
    ['no metadata', {}, null],
  ])('are refused with %s', (_, options, metadata) => {
    expect(() => resolveStoring(options as never, metadata, 'store')).toThrow(TypeError)
  })

  it('are checked for a delete, too', () => {
    expect(resolveCondition({ ifMatch: 'e' }, 'delete')).toEqual({ ifMatch: 'e' })
    expect(resolveCondition({}, 'delete')).toEqual({ ifAbsent: false })
    expect(() => resolveCondition({ force: true } as never, 'delete')).toThrow(/delete/)
  })
})

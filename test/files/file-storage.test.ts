import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { FileStorageConfig } from '../../src/files/config.js'
import { bytesFrom, openFiles, pieces } from './support.js'

const KEY = 'k'.repeat(12)

const CONFIGS: readonly (readonly [string, FileStorageConfig])[] = [
  ['in memory', { backend: 'memory' }],
  ['in a directory', {}],
  ['without compression or cache', { enable_compression: false, enable_cache: false }],
  ['encrypted', { enable_encryption: true, encryption_key: randomBytes(32) }],
  ['encrypted, uncached', { enable_encryption: true, encryption_key: KEY, enable_cache: false }],
]

describe.each(CONFIGS)('a file storage %s', (_name, config) => {
  it('gives back exactly the type and value that went in', async () => {
    const storage = await openFiles(config)
    const values = [
      '',
      '123',
      '{"a":1}',
      'null',
      'ü 日本 😀 \0',
      '\ufeffmark',
      'x'.repeat(5000),
      new Uint8Array(0),
      Uint8Array.of(0, 255, 254),
      randomBytes(3000),
      Buffer.alloc(5000, 1),
      { a: [1, null, { b: 'c' }], ü: true },
      [],
      {},
      0,
      1.5,
      true,
      false,
      null,
      ['x'.repeat(4000)],
    ]
    for (const [at, value] of values.entries()) {
      expect(await storage.store(`v/${at}`, value)).toBe(true)
      const expected = value instanceof Uint8Array ? new Uint8Array(value) : value
      expect(await storage.retrieve(`v/${at}`)).toStrictEqual(expected)
      expect(await storage.retrieve(`v/${at}`)).toStrictEqual(expected)
    }
    expect(await storage.retrieve('v/none')).toBeUndefined()
  })

  it('keeps metadata, times, sizes and digests with a file', async () => {
    const storage = await openFiles(config)
    const metadata = { content_type: 'text/plain', tags: ['ü', 1], nested: { deep: null } }
    await storage.store('a', 'first', metadata)
    const first = await storage.stat('a')
    expect(first).toMatchObject({
      key: 'a',
      kind: 'text',
      bytes: 5,
      metadata,
      expires_at: undefined,
      digest: createHash('sha256').update('first').digest('hex'),
    })
    await storage.store('a', 'second!')
    const second = await storage.stat('a')
    expect(second).toMatchObject({ bytes: 7, metadata: {}, created_at: first?.created_at })
    expect(second?.etag).not.toBe(first?.etag)
    expect(await storage.exists('a')).toBe(true)
    expect(await storage.exists('b')).toBe(false)
  })

  it('takes and gives streams, and any range of them', async () => {
    const storage = await openFiles(config)
    const text = Buffer.from(Array.from({ length: 40_000 }, (_, at) => `line ${at}\n`).join(''))
    for (const bytes of [text, randomBytes(700_001), Buffer.alloc(0), Buffer.from('short')]) {
      const info = await storage.storeStream('s', pieces(bytes, 10_007), { metadata: { n: 1 } })
      expect(info).toMatchObject({ kind: 'bytes', bytes: bytes.length, metadata: { n: 1 } })
      expect((await bytesFrom((await storage.retrieveStream('s'))?.body)).equals(bytes)).toBe(true)
      const end = bytes.length
      for (const [from, to] of [
        [0, 1],
        [5, 5],
        [8190, 8195],
        [100_000, 300_001],
        [end - 3, end],
        [end, end + 9],
      ]) {
        const start = Math.max(0, from ?? 0)
        const range = { start, end: Math.max(start, to ?? 0) }
        const part = await bytesFrom((await storage.retrieveStream('s', range))?.body)
        expect(part.equals(bytes.subarray(range.start, range.end)), JSON.stringify(range)).toBe(
          true,
        )
      }
      const rest = await bytesFrom((await storage.retrieveStream('s', { start: 3 }))?.body)
      expect(rest.equals(bytes.subarray(3))).toBe(true)
    }
    expect(await storage.retrieveStream('absent')).toBeUndefined()
    expect(await storage.retrieveStream('absent', { start: 1 })).toBeUndefined()
    const left = await storage.retrieveStream('s')
    left?.body.destroy()
  })

  it('stores under a condition', async () => {
    const storage = await openFiles(config)
    await storage.store('a', 'one', {}, { ifAbsent: true })
    const conflict = { code: 'FS-CONFLICT-001' }
    await expect(storage.store('a', 'two', {}, { ifAbsent: true })).rejects.toMatchObject(conflict)
    const etag = (await storage.stat('a'))?.etag ?? ''
    await storage.store('a', 'two', {}, { ifMatch: etag })
    await expect(storage.store('a', 'x', {}, { ifMatch: etag })).rejects.toMatchObject(conflict)
    await expect(storage.delete('a', { ifMatch: etag })).rejects.toMatchObject(conflict)
    expect(await storage.retrieve('a')).toBe('two')
    expect(await storage.delete('a')).toBe(true)
    expect(await storage.delete('a')).toBe(false)
    expect(await storage.retrieve('a')).toBeUndefined()
  })

  it('forgets what has expired, at once for readers and for good when swept', async () => {
    const storage = await openFiles(config)
    const soon = Date.now() + 1500
    await storage.store('temp/a', 'x', { expires_at: new Date(soon).toISOString() })
    await storage.store('temp/b', 'x', {}, { expiresAt: soon })
    await storage.store('temp/c', 'x', {}, { expiresAt: new Date(soon + 3_600_000) })
    expect(await storage.retrieve('temp/a')).toBe('x')
    expect(await storage.listKeys('temp/')).toEqual(['temp/a', 'temp/b', 'temp/c'])
    await new Promise((resolve) => setTimeout(resolve, soon - Date.now() + 20))
    expect(await storage.listKeys('temp/')).toEqual(['temp/c'])
    expect(await storage.retrieve('temp/a')).toBeUndefined()
    expect(await storage.exists('temp/b')).toBe(false)
    await storage.store('temp/b', 'again', {}, { ifAbsent: true })
    expect(await storage.retrieve('temp/b')).toBe('again')
    expect(await storage.sweep()).toBeLessThanOrEqual(1)
    expect((await storage.getStorageUsage()).file_count).toBe(2)
  })

  it('lists 2,500 keys through pages, sorted and whole', async () => {
    const storage = await openFiles({ ...config, durability: 'none' })
    const keys = Array.from({ length: 2500 }, (_, at) => `d${at % 7}/f${at}`)
    const results = await storage.storeMany(keys.map((key) => ({ key, data: key })))
    expect(results.every(({ value }) => value === true)).toBe(true)
    const sorted = [...keys].sort()
    expect(await storage.listKeys()).toEqual(sorted)
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await storage.list({ limit: 333, cursor })
      expect(page.files.length).toBeLessThanOrEqual(333)
      paged.push(...page.files.map(({ key }) => key))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(paged).toEqual(sorted)
    expect(await storage.listKeys('d3/', 5)).toEqual(
      sorted.filter((k) => k.startsWith('d3/')).slice(0, 5),
    )
    expect(await storage.listKeys('', 0)).toEqual([])
  })

  it('copies and moves with kind and metadata', async () => {
    const storage = await openFiles(config)
    await storage.store('a', { x: 'y'.repeat(3000) }, { m: 1 })
    expect(await storage.copy('a', 'b')).toBe(true)
    expect(await storage.retrieve('b')).toEqual({ x: 'y'.repeat(3000) })
    expect(await storage.move('b', 'c/d')).toBe(true)
    expect(await storage.stat('c/d')).toMatchObject({ kind: 'json', metadata: { m: 1 } })
    expect(await storage.retrieve('c/d')).toEqual({ x: 'y'.repeat(3000) })
    expect(await storage.exists('b')).toBe(false)
    expect(await storage.copy('absent', 'e')).toBe(false)
    await expect(storage.copy('a', 'c/d', { ifAbsent: true })).rejects.toMatchObject({
      code: 'FS-CONFLICT-001',
    })
    await expect(storage.copy('a', 'a')).rejects.toThrow(TypeError)
  })

  it('answers batches entry by entry', async () => {
    const storage = await openFiles(config)
    const stored = await storage.storeMany([
      { key: 'a', data: 'A' },
      { key: '../b', data: 'B' },
      { key: 'c', data: new Date(0) },
      { key: 'd', data: [1] },
    ])
    expect(stored.map(({ value }) => value)).toEqual([true, undefined, undefined, true])
    expect(stored[1]?.error).toBeInstanceOf(TypeError)
    const read = await storage.retrieveMany(['a', 'd', 'x'])
    expect(read).toEqual([
      { key: 'a', value: 'A' },
      { key: 'd', value: [1] },
      { key: 'x', value: undefined },
    ])
    const exist = await storage.existsMany(['a', 'x'])
    expect(exist.map(({ value }) => value)).toEqual([true, false])
    const gone = await storage.deleteMany(['a', 'x'])
    expect(gone.map(({ value }) => value)).toEqual([true, false])
  })

  it('verifies everything it has, and counts it', async () => {
    const storage = await openFiles(config)
    await storage.store('a', 'x'.repeat(10_000))
    await storage.store('b', randomBytes(2_000_000))
    expect(await storage.verify()).toEqual({ checked: 2, problems: [] })
    await storage.retrieve('a')
    await storage.retrieve('a')
    const { metrics, cache_size: cached } = await storage.getStats()
    const withCache = config.enable_cache !== false
    expect(metrics.total_operations).toBe(5)
    expect(metrics.cache_hits).toBe(withCache ? 1 : 0)
    expect(cached).toBe(withCache ? 1 : 0)
    expect(metrics.total_data_size).toBe(2_010_000)
    if (config.enable_compression !== false)
      expect(metrics.compression_savings).toBeGreaterThan(8000)
    expect(await storage.getHealthStatus()).toMatchObject({ status: 'healthy', initialized: true })
    expect(await storage.getStorageUsage()).toMatchObject({ file_count: 2, total_size_mb: 1.92 })
  })
})

import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { FileParts } from '../../../src/files/parts.js'
import { openContent, readContent, resolveRange } from '../../../src/files/reader.js'
import { storeContent } from '../../../src/files/writer.js'
import { contentOf, openParts } from './support.js'

const LONG = '0123456789'.repeat(5000)
const KEY = { enable_encryption: true, encryption_key: Buffer.alloc(32, 1) } as const

/** How often the backend was asked for bytes. */
function countReads({ backend }: FileParts): () => number {
  const get = backend.get.bind(backend)
  let reads = 0
  backend.get = async (...given) => {
    reads++
    return await get(...given)
  }
  return () => reads
}

describe('a whole content', () => {
  it('is read once and then comes from memory, until it is stored again', async () => {
    const parts = await openParts()
    await storeContent(parts, contentOf('k', 'one'))
    const reads = countReads(parts)
    for (let times = 0; times < 3; times++)
      expect((await readContent(parts, 'k'))?.content.toString()).toBe('one')
    expect([reads(), parts.statistics.cacheMisses, parts.statistics.cacheHits]).toEqual([1, 1, 2])
    await storeContent(parts, contentOf('k', 'two'))
    expect((await readContent(parts, 'k'))?.content.toString()).toBe('two')
    expect(reads()).toBe(2)
  })

  it('is read each time without a cache', async () => {
    const parts = await openParts({ enable_cache: false })
    await storeContent(parts, contentOf('k', 'one'))
    const reads = countReads(parts)
    await readContent(parts, 'k')
    await readContent(parts, 'k')
    expect([reads(), parts.statistics.cacheMisses]).toEqual([2, 0])
  })

  it('is absent where there is none, and once it has expired, though it is in memory', async () => {
    let now = Date.now()
    const parts = await openParts({}, { now: () => now })
    expect(await readContent(parts, 'none')).toBeUndefined()
    const expiresAt = new Date(now + 1000).toISOString()
    await storeContent(parts, contentOf('k', 'one', { expiresAt }))
    expect(await readContent(parts, 'k')).toBeDefined()
    now += 1000
    expect(await readContent(parts, 'k')).toBeUndefined()
    expect(await openContent(parts, 'k', undefined)).toBeUndefined()
    expect(await openContent(parts, 'k', { start: 0 })).toBeUndefined()
  })

  it('is not taken into memory when it is longer than allowed, by its document alone', async () => {
    const parts = await openParts({ maxRetrieveBytes: 1000 })
    await storeContent(parts, contentOf('k', 'x'.repeat(1001)))
    await storeContent(parts, contentOf('fits', 'x'.repeat(1000)))
    await expect(readContent(parts, 'k')).rejects.toThrow(/1001 bytes.*retrieveStream/)
    expect((await readContent(parts, 'fits'))?.content).toHaveLength(1000)
  })
})

describe.each([
  ['plain', { enable_compression: false }],
  ['compressed', {}],
  ['encrypted', { enable_compression: false, ...KEY }],
  ['compressed and encrypted', KEY],
])('a stream of a %s file', (_, config) => {
  it('has the whole content, or just the range that is asked for', async () => {
    const parts = await openParts(config)
    await storeContent(parts, contentOf('k', LONG))
    const whole = await openContent(parts, 'k', undefined)
    expect(whole && (await text(whole.body))).toBe(LONG)
    for (const [start, end] of [
      [0, 10],
      [8190, 8195],
      [49_999, 60_000],
      [20_000, undefined],
      [7, 7],
      [50_000, undefined],
      [99_999, 100_000],
    ] as const) {
      const part = await openContent(parts, 'k', end === undefined ? { start } : { start, end })
      expect(part?.file.key).toBe('k')
      expect(part && (await text(part.body))).toBe(LONG.slice(start, end))
    }
    expect(await openContent(parts, 'none', { start: 0 })).toBeUndefined()
  })

  it('has the range of one and the same store, though the file is replaced meanwhile', async () => {
    const parts = await openParts(config)
    await storeContent(parts, contentOf('k', LONG))
    const { backend } = parts
    const head = backend.head.bind(backend)
    let isFirst = true
    backend.head = async (key) => {
      const found = await head(key)
      if (!isFirst) return found
      isFirst = false
      await storeContent(parts, contentOf('k', LONG.toUpperCase().replaceAll('0', 'X')))
      return found
    }
    const part = await openContent(parts, 'k', { start: 8190, end: 8202 })
    expect(part && (await text(part.body))).toBe('X123456789X1')
  })
})

describe('a stream', () => {
  it('that is left releases the stored bytes', async () => {
    const parts = await openParts({ enable_compression: false })
    await storeContent(parts, contentOf('k', LONG))
    const { backend } = parts
    const get = backend.get.bind(backend)
    const bodies: { destroyed: boolean }[] = []
    backend.get = async (...given) => {
      const found = await get(...given)
      if (found !== undefined) bodies.push(found.body)
      return found
    }
    const whole = await openContent(parts, 'k', undefined)
    for await (const _ of whole?.body ?? []) break
    const part = await openContent(parts, 'k', { start: 1 })
    part?.body.destroy()
    await expect.poll(() => bodies.map(({ destroyed }) => destroyed)).toEqual([true, true])
  })

  it('of an untrusted file is refused before its first byte', async () => {
    const parts = await openParts(KEY)
    const plain = await openParts()
    const { file } = await storeContent(plain, contentOf('k', 'planted'))
    await parts.backend.put('k', Buffer.from('planted'), () => file.document)
    for (const range of [undefined, { start: 2 }])
      await expect(openContent(parts, 'k', range)).rejects.toMatchObject({ code: 'FS-CRYPT-001' })
    await expect(readContent(parts, 'k')).rejects.toMatchObject({ code: 'FS-CRYPT-001' })
  })
})

describe('a range', () => {
  it('is taken as it is at the call', () => {
    const given = { start: 1, end: 2 }
    const range = resolveRange(given)
    given.end = 9
    expect(range).toEqual({ start: 1, end: 2 })
    expect(resolveRange({ start: 3 })).toEqual({ start: 3 })
    expect(resolveRange({ start: 3, end: 3 })).toEqual({ start: 3, end: 3 })
    expect(resolveRange(undefined)).toBeUndefined()
  })

  it.each([
    [{ end: 2 }, TypeError],
    [{ start: 1.5 }, TypeError],
    [{ start: '1' }, TypeError],
    [{ start: 0, length: 2 }, TypeError],
    [{ start: -1 }, RangeError],
    [{ start: 2, end: 1 }, RangeError],
    [{ start: 0, end: 2 ** 53 }, TypeError],
  ])('is refused: %j', (range, kind) => {
    expect(() => resolveRange(range as never)).toThrow(kind)
  })
})

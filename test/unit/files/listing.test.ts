import { describe, expect, it } from 'vitest'
import {
  allFiles,
  checkPrefix,
  decodeCursor,
  encodeCursor,
  listFiles,
  livingFiles,
  prefixOption,
  type ListFilesOptions,
} from '../../../src/files/listing.js'
import type { FileParts } from '../../../src/files/parts.js'
import { storeContent } from '../../../src/files/writer.js'
import { contentOf, listOf, openParts } from './support.js'

const KEYS = ['a', 'a/b', 'b', 'é', 'z/1', 'z/2', 'z/3']

/** Files that were stored a second after each other, in this order. */
async function holding(keys: readonly string[]): Promise<FileParts> {
  let now = Date.parse('2026-01-01T00:00:00.000Z')
  const parts = await openParts({}, { now: () => (now += 1000) })
  for (const key of keys) await storeContent(parts, contentOf(key, key))
  return parts
}

/** The keys of all pages. */
async function pages(parts: FileParts, options: ListFilesOptions): Promise<string[][]> {
  const found: string[][] = []
  for (let cursor: string | undefined; ;) {
    const page = await listFiles(parts, { ...options, cursor })
    found.push(page.files.map(({ key }) => key))
    cursor = page.cursor
    if (cursor === undefined) return found
  }
}

describe('a listing', () => {
  it('has pages in the order of the bytes of the keys, the last without a cursor', async () => {
    const parts = await holding([...KEYS].reverse())
    const sorted = ['a', 'a/b', 'b', 'z/1', 'z/2', 'z/3', 'é']
    expect(await pages(parts, {})).toEqual([sorted])
    expect(await pages(parts, { limit: 7 })).toEqual([sorted])
    expect(await pages(parts, { limit: 3 })).toEqual([
      sorted.slice(0, 3),
      sorted.slice(3, 6),
      sorted.slice(6),
    ])
    expect(await pages(parts, { prefix: 'z/', limit: 2 })).toEqual([['z/1', 'z/2'], ['z/3']])
    expect(await pages(parts, { prefix: 'none' })).toEqual([[]])
  })

  it('goes on by time where it ended, equal times by key', async () => {
    const parts = await holding(KEYS)
    for (const limit of [1, 2, 3, 100]) {
      expect((await pages(parts, { order: 'oldest', limit })).flat()).toEqual(KEYS)
      expect((await pages(parts, { order: 'newest', limit })).flat()).toEqual([...KEYS].reverse())
    }
    const at = Date.now()
    const same = await openParts({}, { now: () => at })
    for (const key of ['c', 'a', 'b']) await storeContent(same, contentOf(key, key))
    for (const order of ['newest', 'oldest'] as const)
      expect((await pages(same, { order, limit: 1 })).flat()).toEqual(['a', 'b', 'c'])
  })

  it('finds the first by time among many more than it keeps in memory', async () => {
    const keys = Array.from({ length: 1100 }, (_, at) => `k${(at * 7) % 1100}`)
    const parts = await holding(keys)
    const { files } = await listFiles(parts, { order: 'newest', limit: 2 })
    expect(files.map(({ key }) => key)).toEqual([keys[1099], keys[1098]])
    expect(await listOf(allFiles(parts.backend, ''))).toHaveLength(1100)
  })

  it('leaves out what has expired', async () => {
    let now = Date.now()
    const parts = await openParts({}, { now: () => now })
    const expiresAt = new Date(now + 1000).toISOString()
    await storeContent(parts, contentOf('gone', 'x', { expiresAt }))
    await storeContent(parts, contentOf('kept', 'x'))
    now += 1000
    expect((await listOf(livingFiles(parts, ''))).map(({ key }) => key)).toEqual(['kept'])
    expect((await listOf(allFiles(parts.backend, ''))).map(({ key }) => key)).toHaveLength(2)
    for (const order of ['key', 'newest'] as const)
      expect(await pages(parts, { order })).toEqual([['kept']])
  })

  it('asks for nothing with a limit of 0, and returns the cursor that it was given', async () => {
    const parts = await holding(['a'])
    for (const order of ['key', 'newest'] as const)
      expect(await listFiles(parts, { limit: 0, order })).toEqual({ files: [], cursor: undefined })
    const cursor = encodeCursor('a')
    expect(await listFiles(parts, { limit: 0, cursor })).toEqual({ files: [], cursor })
  })
})

describe('the options of a listing', () => {
  it('take a cursor of the same order only', async () => {
    const parts = await holding(['a', 'b'])
    const { cursor: byTime } = await listFiles(parts, { order: 'newest', limit: 1 })
    const { cursor: byKey } = await listFiles(parts, { limit: 1 })
    for (const [order, cursor] of [
      ['oldest', byTime],
      ['newest', byKey],
      ['key', byTime],
      ['key', 'a'],
      ['newest', ''],
      ['key', 7 as never],
    ] as const)
      await expect(listFiles(parts, { order, cursor })).rejects.toThrow(/"cursor" must be/)
    expect(decodeCursor(byKey)).toBe('a')
    expect(decodeCursor(undefined)).toBeUndefined()
    expect(() => decodeCursor(encodeCursor('a//b'))).toThrow(TypeError)
  })

  it('are refused when they are unknown, of the wrong type or out of bounds', async () => {
    const parts = await holding([])
    for (const [options, kind] of [
      [{ limit: -1 }, RangeError],
      [{ limit: 10_001 }, RangeError],
      [{ limit: 1.5 }, TypeError],
      [{ prefix: 7 }, TypeError],
      [{ order: 'size' }, TypeError],
      [{ max: 1 }, TypeError],
    ] as const)
      await expect(listFiles(parts, options as never)).rejects.toThrow(kind)
  })

  it('have a prefix that is text, as an argument also null', () => {
    expect([checkPrefix(undefined), checkPrefix(null), checkPrefix('a')]).toEqual(['', '', 'a'])
    expect(() => checkPrefix(7 as never)).toThrow(/"prefix" must be text/)
    expect([prefixOption({}, 'keys'), prefixOption({ prefix: 'a' }, 'keys')]).toEqual(['', 'a'])
    expect(() => prefixOption({ limit: 1 } as never, 'keys')).toThrow(/keys/)
  })
})

import { expect, it } from 'vitest'
import type { FileStorage } from '../../../../src/files/file-storage.js'
import type { ListFilesOptions } from '../../../../src/files/listing.js'
import { movableClock, type SuiteCase } from './subject.js'

/** In the order in which they are stored: neither that of the keys nor its opposite. */
const STORED = ['m/2', 'a', 'z', 'm/1', 'b', 'm/3']

/** Lists by time, and what is reported about the room that the files have. */
export function listingBehaviour({ open, settings }: SuiteCase): void {
  it('lists by the time of the last store, the newest or the oldest first, page by page', async () => {
    const clock = movableClock()
    const storage = await open()
    for (const key of STORED) {
      await storage.store(key, key)
      clock.forward(1000)
    }
    // Stored again, it is the newest, and keeps the time at which it was first stored.
    await storage.store('a', 'again')
    const oldest = [...STORED.filter((key) => key !== 'a'), 'a']
    const newest = [...oldest].reverse()
    for (const limit of [1, 2, 5, 6, 100]) {
      expect(await pages(storage, { order: 'oldest', limit })).toEqual(oldest)
      expect(await pages(storage, { order: 'newest', limit })).toEqual(newest)
      expect(await pages(storage, { order: 'key', limit })).toEqual([...STORED].sort())
    }
    expect(await pages(storage, { order: 'newest', prefix: 'm/', limit: 2 })).toEqual([
      'm/3',
      'm/1',
      'm/2',
    ])
    expect((await storage.list({ order: 'newest', limit: 1 })).files[0]?.key).toBe('a')
    expect(await storage.list({ order: 'newest', limit: 0 })).toMatchObject({ files: [] })
    await storage.delete('a')
    expect((await storage.list({ order: 'newest', limit: 1 })).files[0]?.key).toBe('m/3')
  })

  it('orders files of one time by their keys, and loses none between two pages', async () => {
    movableClock()
    const storage = await open()
    for (const key of ['c', 'a', 'b', 'd']) await storage.store(key, key)
    for (const order of ['newest', 'oldest'] as const)
      expect((await pages(storage, { order, limit: 1 })).sort()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('refuses an order that is none, and a cursor of another order', async () => {
    const storage = await open()
    for (const key of ['a', 'b']) await storage.store(key, key)
    const { cursor } = await storage.list({ order: 'newest', limit: 1 })
    expect(cursor).toBeTypeOf('string')
    for (const options of [
      { order: 'time' },
      { cursor, order: 'oldest' },
      { cursor, order: 'key' },
      { cursor },
      { cursor: 'x', order: 'newest' },
    ])
      await expect(storage.list(options as ListFilesOptions)).rejects.toMatchObject({
        code: 'ERR_HOLDFAST_ARGUMENT',
      })
  })

  it('empties its cache when it is told to, and reads on', async () => {
    const storage = await open()
    for (const key of ['a', 'b']) {
      await storage.store(key, key)
      expect(await storage.retrieve(key)).toBe(key)
    }
    const cached = settings.enable_cache === false ? 0 : 2
    expect((await storage.getStats()).cache_size).toBe(cached)
    expect(await storage.clearCache()).toBe(cached)
    expect(await storage.getStats()).toMatchObject({ cache_size: 0, cache_size_bytes: 0 })
    expect(await storage.retrieve('a')).toBe('a')
    expect(await storage.clearCache()).toBe(cached === 0 ? 0 : 1)
  })

  it('tells how much room its directory has, where it has one', async () => {
    const storage = await open()
    const report = await storage.checkDiskSpace({ requiredMb: 1 })
    const { free_mb } = await storage.getStats()
    expect(report === undefined).toBe(free_mb === undefined)
    if (report === undefined) return
    expect(report).toMatchObject({ ok: true, required_mb: 1 })
    expect(report.used_mb + report.free_mb).toBeLessThanOrEqual(report.total_mb + 1)
    expect(await storage.checkDiskSpace({ requiredMb: 1_000_000_000 })).toMatchObject({ ok: false })
    await expect(storage.checkDiskSpace({ requiredMb: -1 })).rejects.toThrow('"requiredMb"')
  })
}

async function pages(storage: FileStorage, options: ListFilesOptions): Promise<string[]> {
  const keys: string[] = []
  let cursor: string | undefined
  do {
    const page = await storage.list({ ...options, cursor })
    keys.push(...page.files.map(({ key }) => key))
    cursor = page.cursor
  } while (cursor !== undefined)
  return keys
}

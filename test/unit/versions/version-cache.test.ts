import { readFile, rm } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { openStore, sized } from '../../proof/faults/support.js'
import { Random } from '../../proof/sim/random.js'
import { tempDirectory } from '../../support/temp.js'
import { VersionCache } from '../../../src/versions/version-cache.js'

describe('a cache of documents', () => {
  const small = (): VersionCache<{ prompt_id: string; version: string }> =>
    new VersionCache({ entries: 2, bytes: 100 })
  const document = (promptId: string, version: string): { prompt_id: string; version: string } =>
    Object.freeze({ prompt_id: promptId, version })

  it('keeps no document that was read before a removal or a clear', () => {
    const cache = small()
    const before = cache.epoch
    cache.remove('p', '1.0.0')
    cache.put(document('p', '1.0.0'), 10, before)
    expect(cache.peek('p', '1.0.0')).toBeUndefined()
    cache.put(document('p', '1.0.0'), 10, cache.epoch)
    expect(cache.peek('p', '1.0.0')).toBeDefined()
    const epoch = cache.epoch
    expect(cache.clear()).toBe(1)
    cache.put(document('p', '1.0.0'), 10, epoch)
    expect(cache.peek('p', '1.0.0')).toBeUndefined()
  })

  it('tells versions of prompts apart whose names joined are the same', () => {
    const cache = small()
    cache.put(document('a', '1.0.0'), 10, cache.epoch)
    expect(cache.get('a1', '.0.0')).toBeUndefined()
    cache.put(document('__proto__', '1.0.0'), 10, cache.epoch)
    expect(cache.get('__proto__', '1.0.0')).toEqual({ prompt_id: '__proto__', version: '1.0.0' })
    cache.remove('a', '1.0.0')
    expect(cache.peek('__proto__', '1.0.0')).toBeDefined()
  })

  it('drops the one that was read longest ago; a peek is not a read', () => {
    const cache = small()
    for (const id of ['a', 'b']) cache.put(document(id, '1.0.0'), 10, cache.epoch)
    cache.get('a', '1.0.0')
    cache.peek('b', '1.0.0')
    cache.put(document('c', '1.0.0'), 10, cache.epoch)
    expect(['a', 'b', 'c'].filter((id) => cache.peek(id, '1.0.0') !== undefined)).toEqual([
      'a',
      'c',
    ])
    expect(cache.stats()).toMatchObject({ size: 2, bytes: 20, hits: 1, misses: 0, hit_rate: 1 })
  })

  it('replaces a document of the same name, and counts its bytes once', () => {
    const cache = small()
    const again = document('p', '1.0.0')
    cache.put(document('p', '1.0.0'), 60, cache.epoch)
    cache.put(again, 70, cache.epoch)
    expect(cache.peek('p', '1.0.0')).toBe(again)
    expect(cache.stats()).toMatchObject({ size: 1, bytes: 70 })
    cache.put(document('q', '1.0.0'), 101, cache.epoch)
    expect(cache.stats()).toMatchObject({ size: 1, bytes: 70 })
  })
})

describe('the cache of a store', () => {
  it('gives the same frozen object for every read, from the save on', async () => {
    const storage = await openStore(await tempDirectory())
    const version = sampleVersion('p', '1.0.0', { metadata: { deep: { list: [1] } } })
    await storage.saveVersion(version)
    expect(storage.cacheStats()).toMatchObject({ size: 1, hits: 0, misses: 0, hit_rate: 0 })
    const first = await storage.getVersion('p', '1.0.0')
    expect(await storage.getVersion('p', '1.0.0')).toBe(first)
    expect(await storage.getLatestVersion('p')).toBe(first)
    expect((await storage.listVersions('p'))[0]).toBe(first)
    expect(first).toEqual(version)
    expect(first).not.toBe(version)
    expect(storage.cacheStats()?.hits).toBeGreaterThanOrEqual(2)
    expect(storage.cacheStats()?.misses).toBe(0)

    // Saved means in the cache: the file itself is not asked.
    await rm(storage.pathOf('p', '1.0.0'))
    expect(await storage.getVersion('p', '1.0.0')).toBe(first)
    expect(() => Object.assign(first as object, { version: '9.9.9' })).toThrow(TypeError)
    const deep = first?.metadata['deep'] as { list: number[] }
    expect(() => deep.list.push(2)).toThrow(TypeError)
  })

  it('counts what callers get: hits from memory, misses from files, and nothing else', async () => {
    const directory = await tempDirectory()
    const writer = await openStore(directory)
    for (const version of ['1.0.0', '1.0.1', '1.0.2'])
      await writer.saveVersion(sampleVersion('p', version))
    const storage = await openStore(directory)
    const counts = async (work: () => Promise<unknown>): Promise<readonly unknown[]> => {
      const before = storage.cacheStats()
      await work()
      const after = storage.cacheStats()
      const { hits = 0, misses = 0 } = before ?? {}
      return [(after?.hits ?? 0) - hits, (after?.misses ?? 0) - misses]
    }
    expect(await counts(() => storage.warmCache())).toEqual([0, 0])
    expect(await counts(() => storage.getLatestVersion('p'))).toEqual([1, 0])
    expect(await counts(() => storage.getVersion('p', '1.0.0'))).toEqual([0, 1])
    expect(await counts(() => storage.getVersion('p', '1.0.0'))).toEqual([1, 0])
    expect(await counts(() => storage.listVersions('p'))).toEqual([2, 1])
    expect(await counts(() => storage.listVersions('p'))).toEqual([3, 0])
    expect(await counts(() => storage.getVersion('p', '9.0.0'))).toEqual([0, 0])
    expect(await counts(() => storage.getLatestVersion('none'))).toEqual([0, 0])
    expect(await counts(() => storage.listVersionNames('p'))).toEqual([0, 0])
    await writer.saveVersion(sampleVersion('q', '1.0.0'))
    expect(await counts(() => storage.getVersion('p', '1.0.0'))).toEqual([1, 0])
    await writer.deleteVersion('q', '1.0.0')
    expect(await counts(() => storage.getLatestVersion('p'))).toEqual([1, 0])
    await writer.deleteVersion('p', '1.0.2')
    expect(await counts(() => storage.getLatestVersion('p'))).toEqual([1, 0])
    await expect(storage.saveVersion(sampleVersion('p', '1.0.0'))).rejects.toThrow('exists')
    expect(await counts(() => storage.verify())).toEqual([0, 0])
    expect(storage.cacheStats()?.hit_rate).toBeCloseTo(10 / 12)
  })

  it.each(['getLatestVersion', 'listVersions'] as const)(
    'keeps what %s asks for between the reads of others',
    async (method) => {
      const storage = await openStore(await tempDirectory(), { cacheSize: 3 })
      await storage.saveVersion(sampleVersion('hot', '1.0.0'))
      for (let at = 0; at < 9; at++) await storage.saveVersion(sampleVersion(`p${at}`, '1.0.0'))
      await storage.getVersion('hot', '1.0.0')
      const { misses } = storage.cacheStats() ?? { misses: 0 }
      for (let at = 0; at < 9; at++) {
        await storage.getVersion(`p${at}`, '1.0.0')
        await storage[method]('hot')
      }
      const after = storage.cacheStats()
      expect(after?.hits).toBeGreaterThanOrEqual(9)
      // Those that were still there from their saves are hits, too.
      expect((after?.misses ?? 0) - misses).toBeLessThanOrEqual(9)
    },
  )

  it('answers over 70 of 100 reads where most go to what fits into it', async () => {
    const storage = await openStore(await tempDirectory(), { cacheSize: 100 })
    const ids = Array.from({ length: 400 }, (_, at) => `p${at}`)
    await storage.saveVersions(ids.map((id) => sampleVersion(id, '1.0.0')))
    const random = new Random('cache', 'reads')
    for (let read = 0; read < 1500; read++) {
      const isHot = random.below(100) < 85
      const id = ids[isHot ? random.below(60) : random.below(ids.length)] ?? ''
      if (read % 2 === 0) await storage.getLatestVersion(id)
      else await storage.getVersion(id, '1.0.0')
    }
    const stats = storage.cacheStats()
    expect((stats?.hits ?? 0) + (stats?.misses ?? 0)).toBe(1500)
    expect(stats?.hit_rate).toBeGreaterThan(0.7)
    expect(stats?.hit_rate).toBeLessThan(1)
  })

  it('is not changed by what the caller does to the document after the save', async () => {
    const storage = await openStore(await tempDirectory())
    const metadata = { author: 'a' }
    await storage.saveVersion(sampleVersion('p', '1.0.0', { metadata }))
    metadata.author = 'b'
    expect((await storage.getVersion('p', '1.0.0'))?.metadata).toEqual({ author: 'a' })
  })

  it('evicts the least recently used over its number of entries', async () => {
    const storage = await openStore(await tempDirectory(), { cacheSize: 2 })
    for (const version of ['1.0.0', '1.0.1']) await storage.saveVersion(sampleVersion('p', version))
    const oldest = await storage.getVersion('p', '1.0.0')
    const other = await storage.getVersion('p', '1.0.1')
    await storage.getVersion('p', '1.0.0')
    await storage.saveVersion(sampleVersion('p', '1.0.2'))
    expect(storage.cacheStats()).toMatchObject({ size: 2, max_size: 2, utilization: 1 })
    expect(await storage.getVersion('p', '1.0.0')).toBe(oldest)
    const read = await storage.getVersion('p', '1.0.1')
    expect(read).toEqual(other)
    expect(read).not.toBe(other)
  })

  it('evicts over its number of bytes, and does not take what is larger than all of it', async () => {
    const storage = await openStore(await tempDirectory(), { cacheBytes: 20_000 })
    for (let patch = 0; patch < 5; patch++)
      await storage.saveVersion(sized('p', `1.0.${patch}`, 6000))
    expect(storage.cacheStats()?.size).toBeLessThanOrEqual(3)
    expect(storage.cacheStats()?.bytes).toBeLessThanOrEqual(20_000)
    await storage.saveVersion(sized('p', '2.0.0', 30_000))
    expect(storage.cacheStats()?.size).toBeGreaterThan(0)
    expect((await storage.getVersion('p', '2.0.0'))?.version).toBe('2.0.0')
    const file = await readFile(storage.pathOf('p', '1.0.4'))
    await storage.getVersion('p', '1.0.4')
    expect(storage.cacheStats()?.bytes).toBeGreaterThanOrEqual(file.length)
  })

  it('counts hits and misses', async () => {
    const storageDir = await tempDirectory()
    const first = await openStore(storageDir)
    await first.saveVersion(sampleVersion('p', '1.0.0'))
    await first.close()
    const storage = await openStore(storageDir)
    await storage.getVersion('p', '1.0.0')
    for (let at = 0; at < 9; at++) await storage.getVersion('p', '1.0.0')
    expect(storage.cacheStats()).toMatchObject({ hits: 9, misses: 1, hit_rate: 0.9 })
    expect((await storage.getStorageStats()).cache_stats).toEqual(storage.cacheStats())
  })

  it('can be switched off: every read asks the file, and the answer is frozen all the same', async () => {
    const storage = await openStore(await tempDirectory(), { useCache: false })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const first = await storage.getVersion('p', '1.0.0')
    expect(await storage.getVersion('p', '1.0.0')).not.toBe(first)
    expect(Object.isFrozen(first)).toBe(true)
    expect(storage.cacheStats()).toBeUndefined()
    expect(await storage.warmCache()).toBe(0)
    expect(await storage.getStorageStats()).toMatchObject({ cache_enabled: false })
  })

  it('is warmed with the latest versions, as many as asked for', async () => {
    const storageDir = await tempDirectory()
    const first = await openStore(storageDir)
    for (const id of ['a', 'b', 'c']) {
      for (const version of ['1.0.0', '2.0.0']) await first.saveVersion(sampleVersion(id, version))
    }
    await first.close()
    const storage = await openStore(storageDir)
    expect(await storage.warmCache({ topN: 2 })).toBe(2)
    expect(storage.cacheStats()?.size).toBe(2)
    await storage.getVersion('a', '2.0.0')
    expect(storage.cacheStats()?.hits).toBe(1)
  })

  it('forgets what was deleted, by whichever instance', async () => {
    const storageDir = await tempDirectory()
    const left = await openStore(storageDir)
    const right = await openStore(storageDir)
    for (let patch = 0; patch < 50; patch++) {
      const version = `1.0.${patch}`
      await left.saveVersion(sampleVersion('p', version))
      expect(await right.getVersion('p', version)).toBeDefined()
      await left.deleteVersion('p', version)
      expect(await right.getVersion('p', version)).toBeUndefined()
      expect(await left.getVersion('p', version)).toBeUndefined()
    }
  })
})

it('clearCache empties the cache of this process, and the next read is of the file', async () => {
  const storageDir = await tempDirectory()
  const storage = await openStore(storageDir)
  for (const version of ['1.0.0', '1.0.1']) await storage.saveVersion(sampleVersion('p', version))
  const before = await storage.getVersion('p', '1.0.0')
  expect(await storage.clearCache()).toBe(2)
  expect(storage.cacheStats()).toMatchObject({ size: 0, bytes: 0 })
  const after = await storage.getVersion('p', '1.0.0')
  expect(after).toEqual(before)
  expect(after).not.toBe(before)
  expect(await storage.clearCache()).toBe(1)
  const without = await openStore(storageDir, { useCache: false })
  expect(await without.clearCache()).toBe(0)
})

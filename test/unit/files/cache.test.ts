import { describe, expect, it } from 'vitest'
import type { FileBackend } from '../../../src/files/backend.js'
import { documentOf, putBytes } from '../../../src/files/conformance/subject.js'
import { FileCache, type CachedFile } from '../../../src/files/cache.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { MemoryBackend } from '../../../src/files/memory.js'
import { tempDirectory } from '../../support/temp.js'

const MIB = 1024 * 1024

describe('the cache of contents', () => {
  it('counts what callers get, from memory and by reading, and not what does not exist', async () => {
    await using storage = await FileStorage.open({ local_storage_path: await tempDirectory() })
    const counts = async (): Promise<readonly number[]> => {
      const { metrics } = await storage.getStats()
      return [metrics.cache_hits, metrics.cache_misses]
    }
    await storage.store('a', 'text')
    for (let times = 0; times < 3; times++) await storage.retrieve('none')
    expect(await counts()).toEqual([0, 0])
    await storage.retrieve('a')
    expect(await counts()).toEqual([0, 1])
    await storage.retrieve('a')
    expect(await counts()).toEqual([1, 1])
    await storage.delete('a')
    await storage.retrieve('a')
    expect(await counts()).toEqual([1, 1])
  })

  it('is used by two storages on one directory as long as neither has stored again', async () => {
    const path = await tempDirectory()
    await using one = await FileStorage.open({ local_storage_path: path })
    await using two = await FileStorage.open({ local_storage_path: path })
    for (let at = 0; at < 25; at++) {
      await one.store('a', at)
      expect(await two.retrieve('a')).toBe(at)
      expect(await one.retrieve('a')).toBe(at)
      expect(await two.retrieve('a')).toBe(at)
    }
    expect((await two.getStats()).metrics.cache_hits).toBe(25)
  })

  it('stays within its bytes and its time', async () => {
    let nowMs = 1000
    const backend = new MemoryBackend()
    const cache = new FileCache(backend, {
      bytesMax: MIB,
      ttlMs: 100,
      maxStalenessMs: 0,
      now: () => nowMs,
    })
    const load = async (key: string, bytes: number): Promise<CachedFile | undefined> => {
      const content = new Uint8Array(bytes)
      const file = await putBytes(backend, key, content)
      return await cache.load(key, async () => ({ file, content, checkedMs: nowMs }))
    }
    for (let at = 0; at < 10; at++) await load(`k${at}`, 300_000)
    expect(cache.size).toBe(3)
    expect(cache.bytes).toBeLessThanOrEqual(MIB)
    await load('too large', 2 * MIB)
    expect(await cache.get('too large')).toBeUndefined()
    expect(await cache.get('k9')).toBeDefined()
    nowMs += 101
    expect(await cache.get('k9')).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  it('loads once for all who ask together, and never keeps what changed meanwhile', async () => {
    const backend = new MemoryBackend()
    const cache = new FileCache(backend, {
      bytesMax: MIB,
      ttlMs: 1e6,
      maxStalenessMs: 0,
      now: Date.now,
    })
    const file = await putBytes(backend, 'a', 'old')
    let loads = 0
    let release = (): void => undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    const load = async (): Promise<CachedFile> => {
      loads++
      await gate
      return { file, content: Buffer.from('old'), checkedMs: Date.now() }
    }
    const together = [cache.load('a', load), cache.load('a', load)]
    await putBytes(backend, 'a', 'new')
    const later = cache.load('a', load)
    release()
    await Promise.all([...together, later])
    expect(loads).toBe(2)
    await putBytes(backend, 'a', 'newer')
    expect(await cache.get('a')).toBeUndefined()
  })

  it('asks a backend that reports nothing, except within the staleness it is allowed', async () => {
    let nowMs = 1000
    const real = new MemoryBackend()
    let asked = 0
    const silent: FileBackend = {
      kind: 's3',
      put: async (...given) => await real.put(...given),
      get: async (key) => await real.get(key),
      head: async (key) => {
        asked++
        return await real.head(key)
      },
      delete: async (key) => await real.delete(key),
      list: async (request) => await real.list(request),
      close: async () => await real.close(),
    }
    const cache = new FileCache(silent, {
      bytesMax: MIB,
      ttlMs: 1e6,
      maxStalenessMs: 50,
      now: () => nowMs,
    })
    const file = await silent.put('a', Buffer.from('x'), () => documentOf('a', Buffer.from('x')))
    await cache.load('a', async () => ({ file, content: Buffer.from('x'), checkedMs: nowMs }))
    expect((await cache.get('a'))?.file.etag).toBe(file.etag)
    expect(asked).toBe(0)
    nowMs += 60
    expect((await cache.get('a'))?.file.etag).toBe(file.etag)
    expect((await cache.get('a'))?.file.etag).toBe(file.etag)
    expect(asked).toBe(1)
    await putBytes(real, 'a', 'y')
    expect(await cache.get('a')).toBeDefined()
    nowMs += 60
    expect(await cache.get('a')).toBeUndefined()
  })
})

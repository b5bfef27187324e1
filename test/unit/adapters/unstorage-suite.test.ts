import { restoreSnapshot, snapshot, type Storage, type StorageValue } from 'unstorage'
import { describe, expect, it } from 'vitest'
import type { HoldfastDriverOptions } from '../../../src/adapters/unstorage.js'
import { openFiles } from '../files/support.js'
import { tempDirectory } from '../../support/temp.js'
import { clearBelow, openStorage } from './support.js'

/** Where items lie, and how: what the behaviour must not depend on. */
const PLACES: Record<string, () => Promise<HoldfastDriverOptions>> = {
  directory: async () => ({ local_storage_path: await tempDirectory() }),
  'portable disk': async () => ({ local_storage_path: await tempDirectory(), disk: 'portable' }),
  memory: async () => await Promise.resolve({ backend: 'memory' }),
  'base of a given storage': async () => ({ storage: await openFiles(), base: 'app/items' }),
  'encrypted directory': async () => ({
    local_storage_path: await tempDirectory(),
    enable_encryption: true,
    encryption_key: Buffer.alloc(32, 7),
    compression_threshold_bytes: 0,
  }),
}

// What the driver suite of unstorage asserts (it is not published), and then what Holdfast adds.
describe.each(Object.keys(PLACES))('unstorage over a %s', (name) => {
  const opened = async (): Promise<Storage> => openStorage((await PLACES[name]?.()) ?? {})

  it('has nothing at first, and can be cleared then', async () => {
    const storage = await opened()
    expect(await storage.hasItem('s1:a')).toBe(false)
    expect(await storage.getItem('s2:a')).toBeNull()
    expect(await storage.getItemRaw('s2:a')).toBeNull()
    expect(await storage.getMeta('s2:a')).toEqual({})
    expect(await storage.getKeys()).toEqual([])
    await storage.clear()
    await storage.removeItem('s2:a')
    expect(await storage.getKeys()).toEqual([])
  })

  it('gives items back, by any spelling of their key', async () => {
    const storage = await opened()
    await storage.setItem('s1:a', 'first')
    await storage.setItem('/s2/a', 'second')
    await storage.setItem('s3:a?q=1', 'third')
    expect(await storage.hasItem('s1:a')).toBe(true)
    expect(await storage.getItem('s1/a')).toBe('first')
    expect(await storage.getItem('s2:a')).toBe('second')
    expect(await storage.getItem('s3:a?q=2')).toBe('third')
    expect(await storage.getItem('s1')).toBeNull()
    expect((await storage.getKeys()).sort()).toEqual(['s1:a', 's2:a', 's3:a'])
    expect(await storage.getKeys('s1')).toEqual(['s1:a'])
  })

  it('restores a snapshot and takes one', async () => {
    const storage = await opened()
    await restoreSnapshot(storage, { initial: 'works', 'a:b': { deep: 1 } }, 'snap')
    expect(await snapshot(storage, 'snap')).toEqual({ initial: 'works', 'a:b': { deep: 1 } })
  })

  it('lists keys to a depth', async () => {
    const storage = await opened()
    const keys = ['d0', 'd0:d1', 'd0:d1:d2', 'e0:e1:e2']
    await storage.setItems(keys.map((key) => ({ key, value: key })))
    const to = async (maxDepth: number, base?: string): Promise<string[]> =>
      (await storage.getKeys(base, { maxDepth })).sort()
    expect(await to(0)).toEqual(['d0'])
    expect(await to(1)).toEqual(['d0', 'd0:d1'])
    expect(await to(2)).toEqual(keys)
    expect(await to(1, 'd0')).toEqual(['d0:d1'])
  })

  it('keeps objects, what toJSON makes of others, and primitives, false and 0 among them', async () => {
    const storage = await opened()
    class Point {
      toJSON(): unknown {
        return { x: 1 }
      }
    }
    const values = {
      object: { json: 'works' },
      list: [1, 'a', null],
      yes: true,
      no: false,
      zero: 0,
    }
    for (const [key, value] of Object.entries(values)) await storage.setItem(`v:${key}`, value)
    await storage.setItem('v:point', new Point())
    for (const [key, value] of Object.entries(values))
      expect(await storage.getItem(`v:${key}`)).toEqual(value)
    expect(await storage.getItem('v:point')).toEqual({ x: 1 })
    expect(Object.isFrozen(await storage.getItem('v:object'))).toBe(false)
    await expect(storage.setItem('v:bad', new (class Bad {})() as object)).rejects.toThrow(
      'Cannot stringify value',
    )
  })

  it('keeps raw bytes exactly, whatever they come in', async () => {
    const storage = await opened()
    const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 7) % 256)
    async function* stream(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(bytes.subarray(0, 10))
      yield bytes.subarray(10)
    }
    const given: Record<string, unknown> = {
      view: bytes,
      buffer: Buffer.from(bytes),
      'array-buffer': bytes.buffer,
      words: new Uint16Array(bytes.buffer),
      stream: stream(),
      web: new Blob([bytes]).stream(),
    }
    for (const [key, value] of Object.entries(given)) {
      await storage.setItemRaw(`raw:${key}`, value)
      const raw: unknown = await storage.getItemRaw(`raw:${key}`)
      expect(raw).toBeInstanceOf(Uint8Array)
      expect(Buffer.compare(raw as Uint8Array, bytes), key).toBe(0)
    }
    await storage.setItemRaw('raw:none', new Uint8Array())
    expect(await storage.getItemRaw('raw:none')).toHaveLength(0)
    await storage.setItemRaw('raw:text', 'téxt')
    expect(String(await storage.getItemRaw('raw:text'))).toBe('téxt')
    expect(await storage.getItem('raw:text')).toBe('téxt')
    await expect(storage.setItemRaw('raw:bad', { no: 'bytes' })).rejects.toThrow(
      /"value" of setItemRaw must be bytes/,
    )
    await storage.setItemRaw('raw:text', undefined)
    expect(await storage.hasItem('raw:text')).toBe(false)
  })

  it('sets and gets many, in the order that was asked for', async () => {
    const storage = await opened()
    await storage.setItems<StorageValue>([
      { key: 't:1', value: 'one' },
      { key: 't:2', value: { two: 2 } },
    ])
    expect(await storage.getItems([{ key: 't:2' }, 't:none', 't:1?q', 't:2'])).toEqual([
      { key: 't:2', value: { two: 2 } },
      { key: 't:none', value: null },
      { key: 't:1', value: 'one' },
      { key: 't:2', value: { two: 2 } },
    ])
  })

  it('removes items, and their meta with them where that is asked for', async () => {
    const storage = await opened()
    for (const key of ['a', 'b']) {
      await storage.setItem(key, key)
      await storage.setMeta(key, { owner: 'Ada' })
    }
    await storage.removeItem('a', false)
    expect(await storage.hasItem('a')).toBe(false)
    expect(await storage.getItem('a')).toBeNull()
    expect(await storage.getMeta('a')).toEqual({ owner: 'Ada' })
    await storage.removeItem('b', { removeMeta: true })
    expect(await storage.getMeta('b')).toEqual({})
    await storage.setItem('c', 'c')
    await storage.setItem('c', undefined as never)
    expect(await storage.hasItem('c')).toBe(false)
  })

  it('clears all, or what is below a base and nothing beside it', async () => {
    const storage = await opened()
    const keys = ['s', 's:a', 's:b:c', 's1:a', 't']
    await storage.setItems(keys.map((key) => ({ key, value: key })))
    await clearBelow(storage, 's:')
    expect((await storage.getKeys()).sort()).toEqual(['s', 's1:a', 't'])
    await storage.clear()
    expect(await storage.getKeys()).toEqual([])
  })

  it('tells size, etag and times of an item, and the metadata from wherever it is', async () => {
    const storage = await opened()
    const before = Date.now()
    await storage.setItem('m:a', 'twelve bytes', { metadata: { author: 'Ada' } })
    await storage.setMeta('m:a', { owner: 'Grace', mtime: new Date(0) })
    const native = await storage.getMeta('m:a', { nativeOnly: true })
    expect(native).toMatchObject({ size: 12, author: 'Ada' })
    expect(native.mtime).toBeInstanceOf(Date)
    expect(native.mtime?.getTime()).toBeGreaterThanOrEqual(before)
    expect(native['etag']).toEqual(expect.any(String))
    expect(native).not.toHaveProperty('ttl')
    expect(await storage.getMeta('m:a')).toMatchObject({ owner: 'Grace', mtime: new Date(0) })
    expect(await storage.getKeys('m')).toEqual(['m:a'])
    await storage.setItem('m:a', 'other')
    expect((await storage.getMeta('m:a', { nativeOnly: true }))['etag']).not.toBe(native['etag'])
  })

  it('lets items expire after ttl seconds', async () => {
    const storage = await opened()
    await storage.setItem('e:short', 'x', { ttl: 0.05 })
    await storage.setItemRaw('e:raw', Buffer.from('x'), { ttl: 0.05 })
    await storage.setItems([{ key: 'e:many', value: 'x', options: { ttl: 100 } }], { ttl: 0.05 })
    await storage.setItem('e:ever', 'x', { ttl: 0 })
    const { ttl } = await storage.getMeta('e:many', { nativeOnly: true })
    expect(ttl).toBeGreaterThan(90)
    await expect.poll(async () => await storage.hasItem('e:short')).toBe(false)
    await expect.poll(async () => await storage.hasItem('e:raw')).toBe(false)
    expect((await storage.getKeys('e')).sort()).toEqual(['e:ever', 'e:many'])
    await expect(storage.setItem('e:bad', 'x', { ttl: '5' })).rejects.toThrow(
      'Option "ttl" must be a number of seconds of 0 or more, got \'5\'',
    )
  })

  it('takes hostile keys, and keys that are prefixes of one another', async () => {
    const storage = await opened()
    const keys = [
      'a',
      'a:b',
      'a:b:c',
      'A',
      'con',
      'x.gz',
      'x',
      '%2f',
      '%~',
      'nul\0',
      'é',
      'e\u0301',
    ]
    keys.push('__proto__', `long:${'k'.repeat(3000)}`, `${'deep:'.repeat(300)}end`, '\ud800')
    await storage.setItems(keys.map((key) => ({ key, value: `of ${key.toWellFormed()}` })))
    for (const key of keys) expect(await storage.getItem(key)).toBe(`of ${key.toWellFormed()}`)
    expect((await storage.getKeys()).sort()).toEqual([...keys].sort())
    expect(await storage.getKeys('long')).toEqual([`long:${'k'.repeat(3000)}`])
    const meta = await storage.getMeta(`long:${'k'.repeat(3000)}`, { nativeOnly: true })
    expect(meta).not.toHaveProperty('long_key')
    await clearBelow(storage, 'deep:deep:')
    expect(await storage.getKeys('deep')).toEqual([])
  })

  it('is closed by dispose, for good', async () => {
    const options = (await PLACES[name]?.()) ?? {}
    const storage = openStorage(options)
    await storage.setItem('a', 'a')
    await storage.dispose()
    await storage.dispose()
    await expect(storage.getItem('a')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
    if ('storage' in options) expect((await options.storage?.listKeys())?.length).toBe(1)
  })
})

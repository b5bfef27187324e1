import { buffer } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileCalls } from '../../../src/files/calls.js'
import { resolveFileStorageConfig, type FileStorageConfig } from '../../../src/files/config.js'
import { FileSession } from '../../../src/files/session.js'
import { listOf, pieces } from './support.js'

function callsOf(config: FileStorageConfig = {}): { calls: FileCalls; session: FileSession } {
  const session = new FileSession(resolveFileStorageConfig({ backend: 'memory', ...config }))
  onTestFinished(async () => await session.close())
  return { calls: new FileCalls(session), session }
}

describe('the calls of a storage', () => {
  it('take values as they are at the call, and return them as they were', async () => {
    const { calls } = callsOf()
    const [bytes, json] = [Buffer.from('bytes'), { list: [1] }]
    const stores = [
      calls.store({ key: 'bytes', data: bytes }),
      calls.store({ key: 'json', data: json, metadata: { n: 1 } }),
      calls.store({ key: 'null', data: null }),
    ]
    bytes.fill(0)
    json.list.push(2)
    expect(await Promise.all(stores)).toEqual([true, true, true])
    expect(Buffer.from((await calls.retrieve('bytes')) as Uint8Array).toString()).toBe('bytes')
    expect(await calls.retrieve('json')).toEqual({ list: [1] })
    expect(await calls.retrieve('null')).toBeNull()
    expect(await calls.retrieve('none')).toBeUndefined()
    expect(await calls.stat('json')).toMatchObject({ kind: 'json', metadata: { n: 1 } })
    expect(await calls.stat('none')).toBeUndefined()
  })

  it('change one key in their order, also through batches', async () => {
    const { calls } = callsOf()
    const results = [
      calls.store({ key: 'k', data: 1 }),
      calls.storeMany([{ key: 'k', data: 2 }]),
      calls.delete('k'),
      calls.store({ key: 'k', data: 3, options: { ifAbsent: true } }),
      calls.storeMany(Array.from({ length: 40 }, (_, at) => ({ key: 'k', data: at }))),
      calls.deleteMany(['k', 'k']),
      calls.store({ key: 'k', data: 'last', options: { ifAbsent: true } }),
    ]
    const [, , deleted, , , both] = await Promise.all(results)
    expect(deleted).toBe(true)
    expect(both).toEqual([
      { key: 'k', value: true },
      { key: 'k', value: false },
    ])
    expect(await calls.retrieve('k')).toBe('last')
  })

  it('of many keys fail one by one, but for entries that are none', async () => {
    const { calls } = callsOf()
    const stored = await calls.storeMany([
      { key: 'a', data: 'A' },
      { key: 'b//b', data: 'B' },
      { key: 'c', data: undefined as never },
      { key: 'd', data: 'D', options: { ifMatch: 'none' } },
    ])
    expect(stored.map(({ value, error }) => value ?? error?.constructor.name)).toEqual([
      true,
      'TypeError',
      'TypeError',
      'StorageError',
    ])
    const exist = await calls.existsMany(['a', 'c', ''])
    expect(exist.map(({ value }) => value)).toEqual([true, false, undefined])
    expect((await calls.retrieveMany(['c', 'a'])).map(({ value }) => value)).toEqual([
      undefined,
      'A',
    ])
    await expect(calls.storeMany([{ key: 'e', data: 1 }, null as never])).rejects.toThrow(TypeError)
    expect(await calls.stat('e')).toBeUndefined()
  })

  it('store and return streams, and parts of them', async () => {
    const { calls } = callsOf()
    const content = Buffer.from('0123456789'.repeat(30_000))
    const info = await calls.storeStream('k', pieces(content, 7000), { metadata: { n: 1 } })
    expect(info).toMatchObject({ key: 'k', kind: 'bytes', bytes: 300_000, metadata: { n: 1 } })
    const whole = await calls.retrieveStream('k', undefined)
    expect(whole && (await buffer(whole.body)).equals(content)).toBe(true)
    const part = await calls.retrieveStream('k', { start: 299_995 })
    expect(part && (await buffer(part.body)).toString()).toBe('56789')
    expect(await calls.retrieveStream('none', undefined)).toBeUndefined()
    await expect(calls.storeStream('k', ['text'] as never, {})).rejects.toThrow(TypeError)
    expect((await calls.stat('k'))?.etag).toBe(info.etag)
  })

  it('list the keys and the files with a prefix', async () => {
    const { calls } = callsOf()
    await calls.storeMany(['b', 'a/2', 'a/1'].map((key) => ({ key, data: key })))
    expect(await listOf(calls.keys(''))).toEqual(['a/1', 'a/2', 'b'])
    expect((await listOf(calls.files('a/'))).map(({ key }) => key)).toEqual(['a/1', 'a/2'])
  })

  it('refuse a copy to the same key, and check both keys and the options first', async () => {
    const { calls } = callsOf()
    await calls.store({ key: 'a', data: 1 })
    for (const call of [calls.copy.bind(calls), calls.move.bind(calls)]) {
      await expect(call('a', 'a', {})).rejects.toThrow(/its own key, 'a'/)
      await expect(call('', 'b', {})).rejects.toThrow(/"from"/)
      await expect(call('a', '', {})).rejects.toThrow(/"to"/)
      await expect(call('a', 'b', { force: true } as never)).rejects.toThrow(TypeError)
      expect(await call('none', 'b', {})).toBe(false)
      expect(await call('a', 'b', {})).toBe(true)
      await calls.store({ key: 'a', data: 1 })
    }
  })

  it('take a deleted file out of the cache, and count it out of the quota', async () => {
    const { calls, session } = callsOf({ quota_bytes: 10 })
    await calls.store({ key: 'a', data: 'x'.repeat(10) })
    await calls.retrieve('a')
    await expect(calls.store({ key: 'b', data: 'x' })).rejects.toMatchObject({
      code: 'FS-QUOTA-001',
    })
    expect(await calls.delete('a')).toBe(true)
    expect(session.parts?.cache?.size).toBe(0)
    await calls.store({ key: 'b', data: 'x'.repeat(10) })
    await expect(calls.delete('b', { ifMatch: 'none' })).rejects.toMatchObject({
      code: 'FS-CONFLICT-001',
    })
    await expect(calls.delete('b', { ifAbsent: true } as never)).rejects.toThrow(TypeError)
    expect(await calls.retrieve('b')).toBe('x'.repeat(10))
  })
})

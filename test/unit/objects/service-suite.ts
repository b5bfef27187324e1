import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import type { ObjectService } from '../../../src/objects/service.js'
import { spoolBytes } from '../../../src/objects/spool.js'
import { MIB, signal, writeText, type Served } from './services.js'

/** What a bucket of every service does, by one request or a few. */
export function serviceSuite(serve: (bucket?: string) => Promise<Served>): void {
  it('writes an object only where it is absent, or still has the version that is named', async () => {
    const { service } = await serve()
    await service.prepare()
    const first = await writeText(service, 'k', 'one')
    await expect(writeText(service, 'k', 'two')).rejects.toMatchObject({ kind: 'conflict' })
    const second = await writeText(service, 'k', 'two', first)
    await expect(writeText(service, 'k', 'three', first)).rejects.toMatchObject({
      kind: 'conflict',
    })
    await expect(writeText(service, 'none', 'x', first)).rejects.toMatchObject({
      kind: 'conflict',
    })
    expect(await service.head('k', signal())).toMatchObject({ bytes: 3, version: second.version })
    expect(await service.head('none', signal())).toBeUndefined()
  })

  it('gives another version to the same bytes stored again', async () => {
    const { service } = await serve()
    const first = await writeText(service, 'k', 'same')
    const second = await writeText(service, 'k', 'same', first)
    expect(second.version).not.toBe(first.version)
    expect((await service.head('k', signal()))?.version).toBe(second.version)
    await expect(writeText(service, 'k', 'late', first)).rejects.toMatchObject({ kind: 'conflict' })
  })

  it('reads an object or a part of it, with its metadata, and knows the end', async () => {
    const { service } = await serve()
    const metadata = { 'holdfast-store': '00ff', holdfast: '{"a":1}' }
    const written = await writeText(service, 'dir/a b+c', '0123456789', 'absent', metadata)
    const read = async (range?: { start: number; end?: number }): Promise<unknown> => {
      const found = await service.read('dir/a b+c', range, signal())
      if (found === undefined || found === 'beyond') return found
      expect(found.object).toEqual({
        name: 'dir/a b+c',
        version: written.version,
        bytes: 10,
        metadata,
      })
      return (await buffer(found.body)).toString()
    }
    expect(await read()).toBe('0123456789')
    expect(await read({ start: 7 })).toBe('789')
    expect(await read({ start: 2, end: 4 })).toBe('23')
    expect(await read({ start: 9, end: 100 })).toBe('9')
    expect(await read({ start: 10 })).toBe('beyond')
    expect(await service.read('none', undefined, signal())).toBeUndefined()
  })

  it('removes an object if it still is the version that is named', async () => {
    const { service } = await serve()
    expect(await service.removesOnCondition()).toBe(true)
    const first = await writeText(service, 'k', 'one')
    const second = await writeText(service, 'k', 'two', first)
    const late = service.remove('k', first.version, signal())
    await expect(late).rejects.toMatchObject({ kind: 'conflict' })
    await service.remove('k', second.version, signal())
    const gone = service.remove('k', second.version, signal())
    await expect(gone).rejects.toMatchObject({ kind: 'conflict' })
    await writeText(service, 'k', 'three')
    await service.remove('k', undefined, signal())
    expect(await service.head('k', signal())).toBeUndefined()
  })

  it('copies the version that is named under another name, with other metadata', async () => {
    const { service } = await serve()
    const first = await writeText(service, 'dir/a b+c', 'one', 'absent', { n: '1' })
    await service.copy(first, { name: 'copy', metadata: { n: '2' } }, signal())
    const found = await service.read('copy', undefined, signal())
    if (found === undefined || found === 'beyond') throw new Error('The object is missing')
    expect(found.object).toMatchObject({ bytes: 3, metadata: { n: '2' } })
    expect((await buffer(found.body)).toString()).toBe('one')
    await writeText(service, 'dir/a b+c', 'two', first)
    const late = service.copy(first, { name: 'late', metadata: {} }, signal())
    await expect(late).rejects.toMatchObject({ kind: 'conflict' })
    const missing = service.copy(
      { ...first, name: 'none' },
      { name: 'late', metadata: {} },
      signal(),
    )
    await expect(missing).rejects.toMatchObject({ kind: 'conflict' })
    expect(await service.head('late', signal())).toBeUndefined()
  })

  it('lists in pages, each after the last name of the one before', async () => {
    const { service } = await serve()
    const names = ['p/a', 'p/a&b', 'p/b c', 'p/é', 'q']
    for (const name of names) await writeText(service, name, name)
    expect(await pages(service, 'p/', 2)).toEqual([
      ['p/a', 'p/a&b'],
      ['p/b c', 'p/é'],
    ])
    expect(await pages(service, '', 100)).toEqual([names])
    expect(await pages(service, 'none', 1)).toEqual([[]])
  })

  it('lists versions, sizes and times in the same pages, and names alone', async () => {
    const { service } = await serve()
    const written = await writeText(service, 'p/a', 'four')
    await writeText(service, 'p/b', 'second')
    const request = { prefix: 'p/', after: undefined, limit: 1 }
    const { listed, more } = await service.scan(request, signal())
    expect(listed).toMatchObject([{ name: 'p/a', version: written.version, bytes: 4 }])
    expect(Math.abs((listed[0]?.modifiedMs ?? 0) - Date.now())).toBeLessThan(60_000)
    expect(more).toBe(true)
    expect(await service.listNames({ ...request, after: 'p/a' }, signal())).toEqual({
      names: ['p/b'],
      more: false,
    })
  })

  it('sends a large body in parts, on the same condition', async () => {
    const { service } = await serve()
    const large = Buffer.alloc(9 * MIB, 'ab')
    const write = { name: 'k', body: spoolBytes(large), metadata: { n: '1' } }
    const written = await service.write({ ...write, precondition: 'absent' }, signal())
    expect(written.bytes).toBe(large.length)
    const again = service.write({ ...write, precondition: 'absent' }, signal())
    await expect(again).rejects.toMatchObject({ kind: 'conflict' })
    const found = await service.read('k', undefined, signal())
    if (found === undefined || found === 'beyond') throw new Error('The object is missing')
    expect(found.object).toMatchObject({ version: written.version, metadata: { n: '1' } })
    expect((await buffer(found.body)).equals(large)).toBe(true)
  })

  it('tells a missing bucket from a missing object, and creates one only when asked', async () => {
    const { service } = await serve('new-bucket')
    const lists = service.list({ prefix: '', after: undefined, limit: 1 }, signal())
    await expect(lists).rejects.toMatchObject({ kind: 'no-bucket' })
    await expect(service.head('k', signal())).rejects.toMatchObject({ kind: 'no-bucket' })
    expect(await service.createBucket(signal())).toBe(true)
    expect(await service.createBucket(signal())).toBe(false)
    expect(await service.head('k', signal())).toBeUndefined()
  })

  it('refuses a name of more than 1024 bytes', async () => {
    const { service } = await serve()
    expect(() => service.checkName('n'.repeat(1024))).not.toThrow()
    expect(() => service.checkName('é'.repeat(513))).toThrow(RangeError)
  })
}

async function pages(service: ObjectService, prefix: string, limit: number): Promise<string[][]> {
  const found: string[][] = []
  for (let after: string | undefined; ;) {
    const { objects, last, more } = await service.list({ prefix, after, limit }, signal())
    found.push(objects.map(({ name }) => name))
    if (!more) return found
    after = last
  }
}

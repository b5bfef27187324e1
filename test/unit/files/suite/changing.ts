import { expect, it } from 'vitest'
import { pieces } from '../support.js'
import type { SuiteCase } from './subject.js'

const CONFLICT = { code: 'FS-CONFLICT-001' }

/** Conditions, deletes, copies, batches, and what fails. */
export function changingBehaviour(suite: SuiteCase): void {
  conditions(suite)
  copies(suite)
  failures(suite)
}

function conditions({ open }: SuiteCase): void {
  it('stores and deletes under a condition', async () => {
    const storage = await open()
    await storage.store('a', 'one', {}, { ifAbsent: true })
    await expect(storage.store('a', 'two', {}, { ifAbsent: true })).rejects.toMatchObject(CONFLICT)
    const etag = (await storage.stat('a'))?.etag ?? ''
    await storage.store('a', 'two', {}, { ifMatch: etag })
    await expect(storage.store('a', 'x', {}, { ifMatch: etag })).rejects.toMatchObject(CONFLICT)
    await expect(storage.delete('a', { ifMatch: etag })).rejects.toMatchObject(CONFLICT)
    await expect(storage.store('b', 'x', {}, { ifMatch: etag })).rejects.toMatchObject(CONFLICT)
    expect(await storage.retrieve('a')).toBe('two')
    expect(await storage.delete('a', { ifMatch: (await storage.stat('a'))?.etag })).toBe(true)
    expect(await storage.listKeys()).toEqual([])
  })

  it('deletes, says whether there was a file, and takes a new one in its place', async () => {
    const storage = await open()
    await storage.store('a', 'x'.repeat(5000))
    expect(await storage.retrieve('a')).toBe('x'.repeat(5000))
    expect(await storage.delete('a')).toBe(true)
    expect(await storage.delete('a')).toBe(false)
    expect(await storage.retrieve('a')).toBeUndefined()
    expect(await storage.exists('a')).toBe(false)
    await storage.store('a', 'again', {}, { ifAbsent: true })
    expect(await storage.retrieve('a')).toBe('again')
  })

  it('refuses conditions that are none', async () => {
    const storage = await open()
    const both = { ifAbsent: true, ifMatch: 'e' }
    await expect(storage.store('a', 'x', {}, both)).rejects.toThrow(/exclude each other/)
    await expect(storage.store('a', 'x', {}, { ifMatch: '' })).rejects.toThrow(TypeError)
    await expect(storage.delete('a', { ifAbsent: true } as never)).rejects.toThrow(TypeError)
    await expect(storage.copy('a', 'b', { ifAbsent: 1 } as never)).rejects.toThrow(TypeError)
  })
}

function copies({ open }: SuiteCase): void {
  it('copies and moves with kind and metadata', async () => {
    const storage = await open()
    await storage.store('a', { x: 'y'.repeat(3000) }, { m: 1 })
    expect(await storage.copy('a', 'b')).toBe(true)
    expect(await storage.retrieve('b')).toEqual({ x: 'y'.repeat(3000) })
    expect(await storage.move('b', 'c/d')).toBe(true)
    expect(await storage.stat('c/d')).toMatchObject({ kind: 'json', metadata: { m: 1 } })
    expect(await storage.retrieve('c/d')).toEqual({ x: 'y'.repeat(3000) })
    expect(await storage.exists('b')).toBe(false)
    expect(await storage.copy('absent', 'e')).toBe(false)
    expect(await storage.move('absent', 'e')).toBe(false)
    await expect(storage.copy('a', 'c/d', { ifAbsent: true })).rejects.toMatchObject(CONFLICT)
    await expect(storage.move('a', 'c/d', { ifAbsent: true })).rejects.toMatchObject(CONFLICT)
    await expect(storage.copy('a', 'a')).rejects.toThrow(TypeError)
    expect(await storage.listKeys()).toEqual(['a', 'c/d'])
  })

  it('answers batches entry by entry', async () => {
    const storage = await open()
    const stored = await storage.storeMany([
      { key: 'a', data: 'A' },
      { key: '../b', data: 'B' },
      { key: 'c', data: new Date(0) },
      { key: 'd', data: [1] },
    ])
    expect(stored.map(({ value }) => value)).toEqual([true, undefined, undefined, true])
    expect(stored[1]?.error).toBeInstanceOf(TypeError)
    expect(await storage.retrieveMany(['a', 'd', 'x'])).toEqual([
      { key: 'a', value: 'A' },
      { key: 'd', value: [1] },
      { key: 'x', value: undefined },
    ])
    const exist = await storage.existsMany(['a', 'x'])
    expect(exist.map(({ value }) => value)).toEqual([true, false])
    const gone = await storage.deleteMany(['a', 'x'])
    expect(gone.map(({ value }) => value)).toEqual([true, false])
  })
}

function failures({ open }: SuiteCase): void {
  it('leaves everything as it was when a stream breaks', async () => {
    const storage = await open()
    await storage.store('a', 'old')
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(2_000_000, 'x')
      await Promise.resolve()
      throw new Error('the stream broke')
    }
    for (const key of ['a', 'b'])
      await expect(storage.storeStream(key, broken())).rejects.toThrow('the stream broke')
    await expect(storage.storeStream('a', pieces('text' as never, 1))).rejects.toThrow(TypeError)
    expect(await storage.retrieve('a')).toBe('old')
    expect(await storage.listKeys()).toEqual(['a'])
  })

  it('keeps under its quota, which replaced and deleted files release', async () => {
    const storage = await open({ quota_bytes: 10_000, enable_compression: false })
    await storage.store('a', Buffer.alloc(6000))
    const over = { code: 'FS-QUOTA-001', context: { quota_bytes: 10_000 } }
    await expect(storage.store('b', Buffer.alloc(5000))).rejects.toMatchObject(over)
    const long = pieces(Buffer.alloc(500_000), 1000)
    await expect(storage.storeStream('b', long)).rejects.toMatchObject(over)
    await storage.store('a', Buffer.alloc(9000))
    await storage.store('a', Buffer.alloc(1000))
    await storage.store('b', Buffer.alloc(8800))
    await storage.delete('b')
    await storage.store('c', Buffer.alloc(8800))
    expect(await storage.listKeys()).toEqual(['a', 'c'])
  })
}

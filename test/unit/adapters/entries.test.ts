import { randomBytes } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Entries, type NewEntry } from '../../../src/adapters/entries.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { failure } from '../../proof/faults/support.js'

async function begin(base = ''): Promise<{ entries: Entries; storage: FileStorage }> {
  const storage = await FileStorage.open({ backend: 'memory' })
  onTestFinished(async () => await storage.close())
  return { entries: new Entries({ storage, closeStorage: false, base }), storage }
}

const entry = (key: string, value: string, more: Partial<NewEntry> = {}): NewEntry => ({
  key,
  value,
  ...more,
})

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('entries', () => {
  it('are files below the base, and other files are not entries', async () => {
    const { entries, storage } = await begin('cache')
    await entries.set(entry('users:7', 'a'))
    await storage.store('users/8', 'outside')
    expect(await storage.retrieve('cache/users/7')).toBe('a')
    expect(await entries.keys()).toEqual(['users:7'])
    expect(await entries.get('users:8')).toBeUndefined()
    await entries.clear()
    expect(await storage.exists('users/8')).toBe(true)
    expect(await entries.has('users:7')).toBe(false)
  })

  it('are found by the beginning of their key, also in the middle of a segment', async () => {
    const { entries } = await begin()
    for (const key of ['ab:1', 'ab:12', 'ab:2', 'abc:1', 'b']) await entries.set(entry(key, key))
    expect((await entries.keys('ab:1')).sort()).toEqual(['ab:1', 'ab:12'])
    expect((await entries.keys('ab')).sort()).toEqual(['ab:1', 'ab:12', 'ab:2', 'abc:1'])
    expect(await all(entries.values('abc'))).toEqual([['abc:1', 'abc:1']])
    await entries.clear('ab:')
    expect((await entries.keys()).sort()).toEqual(['abc:1', 'b'])
  })

  it('keep a key that is too long for a path, without showing how', async () => {
    const { entries } = await begin()
    const long = 'x'.repeat(2000)
    await entries.set(entry(long, 'a', { metadata: { tag: 1 } }))
    expect(await entries.keys('xx')).toEqual([long])
    expect((await entries.stat(long))?.metadata).toEqual({ tag: 1 })
  })

  it('live as long as they are to, to the millisecond at least, and beyond all calendars', async () => {
    const { entries } = await begin()
    await entries.setMany([
      entry('past', 'a', { ttlMs: -1 }),
      entry('soon', 'a', { ttlMs: 60_000.5 }),
      entry('always', 'a', { ttlMs: Number.MAX_VALUE }),
    ])
    expect(await entries.hasMany(['past', 'soon', 'always'])).toEqual([false, true, true])
    expect((await entries.stat('soon'))?.expires_at).toMatch(/^\d{4}-.*Z$/)
    expect((await entries.stat('always'))?.expires_at ?? undefined).toBeUndefined()
    for (const ttlMs of [Number.NaN, '5' as never])
      await expect(entries.set(entry('wrong', 'a', { ttlMs }))).rejects.toThrow('time to live')
  })

  it('that fail among many are one error, once the others are stored', async () => {
    const storage = await FileStorage.open({ backend: 'memory', quotaBytes: 10_000 })
    onTestFinished(async () => await storage.close())
    const entries = new Entries({ storage, closeStorage: false, base: '' })
    // Random, so that it is not compressed.
    const large = (key: string): NewEntry => ({ key, value: randomBytes(10_001) })
    const one = await failure(entries.setMany([large('p'), entry('a', 'a')]))
    expect(one.message).not.toContain('entries failed')
    const two = await failure(entries.setMany([large('p'), entry('b', 'b'), large('q')]))
    expect(two).toMatchObject({ code: 'FS-QUOTA-001', context: { key: 'p' } })
    expect(two.message).toMatch(/^2 of 3 entries failed, the first because: /)
    expect((two.cause as AggregateError).errors).toMatchObject([
      { context: { key: 'p' } },
      { context: { key: 'q' } },
    ])
    expect(await entries.getMany(['a', 'p', 'b', 'q'])).toEqual(['a', undefined, 'b', undefined])
  })

  it('of more than a thousand are cleared, those that are selected only', async () => {
    const { entries } = await begin()
    const keys = Array.from({ length: 1003 }, (_, at) => `k${at}`)
    await entries.setMany(keys.map((key) => entry(key, key)))
    await entries.clear('', async function* (found) {
      for await (const each of found) if (each.key !== 'k7') yield each
    })
    expect(await entries.keys()).toEqual(['k7'])
  })
})

it('closing refuses later calls and the next step of an iteration, and leaves a given storage open', async () => {
  const { entries, storage } = await begin()
  await entries.setMany([entry('a', '1'), entry('b', '2')])
  const steps = entries.values('')
  await steps.next()
  await entries.close()
  await expect(steps.next()).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  await expect(entries.get('a')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  expect(await storage.retrieve('a')).toBe('1')
  await new Entries({ storage, closeStorage: true, base: '' }).close()
  await expect(storage.retrieve('a')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
})

import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import type { FileStorage } from '../../../../src/files/file-storage.js'
import { bytesFrom } from '../support.js'
import { movableClock, type SuiteCase } from './subject.js'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const CONFLICT = { code: 'FS-CONFLICT-001' }

/** Earlier versions of files: kept, read, restored, removed. */
export function versioningBehaviour(suite: SuiteCase): void {
  keeping(suite)
  restoring(suite)
  removing(suite)
  expiring(suite)
}

function keeping({ open }: SuiteCase): void {
  it('keeps what is replaced and deleted, and reads it by its version', async () => {
    const storage = await open({ keepVersions: 3 })
    const long = 'long '.repeat(60_000)
    await storage.store('models/m.bin', { weights: [1] }, { epoch: 1 })
    const first = await storage.stat('models/m.bin')
    await storage.store('models/m.bin', long, { epoch: 2 })
    await storage.store('models/m.bin', Buffer.from('three'), { epoch: 3 })
    const history = await storage.history('models/m.bin')
    expect(history.map(({ metadata }) => metadata['epoch'])).toEqual([3, 2, 1])
    expect(history.map(({ current }) => current)).toEqual([true, false, false])
    expect(history.map(({ version, etag }) => version === etag)).toEqual([true, true, true])
    expect(history[0]?.replaced_at).toBeUndefined()
    expect(history[2]).toMatchObject({ ...first, version: first?.etag })
    const [three, two, one] = history.map(({ version }) => version)
    expect(await storage.retrieve('models/m.bin', { version: one })).toEqual({ weights: [1] })
    expect(await storage.retrieve('models/m.bin', { version: two })).toBe(long)
    expect(await storage.retrieve('models/m.bin', { version: three })).toEqual(
      new Uint8Array(Buffer.from('three')),
    )
    expect((await storage.stat('models/m.bin', { version: two }))?.bytes).toBe(long.length)
    const part = { version: two, start: 5, end: 9 }
    const found = await storage.retrieveStream('models/m.bin', part)
    expect(found?.file.etag).toBe(two)
    expect((await bytesFrom(found?.body)).toString()).toBe('long')
    const whole = await storage.retrieveStream('models/m.bin', { version: two })
    expect((await bytesFrom(whole?.body)).toString()).toBe(long)
    expect(await storage.retrieve('models/m.bin', { version: 'none' })).toBeUndefined()
    expect(await storage.retrieve('models/m.bin')).toHaveLength(5)
  })

  it('keeps no versions unless it is told to', async () => {
    const storage = await open()
    await storage.store('k', 'one')
    await storage.store('k', 'two')
    const history = await storage.history('k')
    expect(history).toMatchObject([{ current: true }])
    expect(await storage.retrieve('k', { version: history[0]?.version })).toBe('two')
    await storage.delete('k')
    expect(await storage.history('k')).toEqual([])
  })

  it('keeps what copies and moves replace and take away', async () => {
    const storage = await open({ keepVersions: 2 })
    await storage.store('from', 'moved')
    await storage.store('to', 'replaced')
    expect(await storage.move('from', 'to')).toBe(true)
    expect(await contents(storage, 'to')).toEqual(['moved', 'replaced'])
    expect(await contents(storage, 'from')).toEqual(['moved'])
    await storage.store('from', 'again')
    await storage.copy('from', 'to')
    expect(await contents(storage, 'to')).toEqual(['again', 'moved', 'replaced'])
    expect(await storage.listKeys()).toEqual(['from', 'to'])
  })

  it('counts versions in the usage, checks them, and holds them against the quota', async () => {
    const storage = await open({ keepVersions: 2, quotaBytes: 100_000 })
    for (let times = 0; times < 2; times++) await storage.store('k', randomBytes(30_000))
    const usage = await storage.getStorageUsage()
    expect(usage).toMatchObject({ file_count: 1, total_size_bytes: 30_000, version_count: 1 })
    expect(usage.version_stored_bytes).toBeGreaterThanOrEqual(30_000)
    expect((await storage.verify()).versions_checked).toBe(1)
    expect((await storage.verify()).problems).toEqual([])
    await storage.store('k', randomBytes(30_000))
    await expect(storage.store('other', randomBytes(30_000))).rejects.toMatchObject({
      code: 'FS-QUOTA-001',
    })
    expect(await storage.pruneVersions({ keepVersions: 1 })).toBe(1)
    await storage.store('other', randomBytes(30_000))
  })

  it('refuses numbers and versions that are none', async () => {
    await expect(open({ keepVersions: -1 })).rejects.toThrow(/keepVersions/)
    await expect(open({ keepVersionsDays: 3 })).rejects.toThrow(/needs "keep/)
    const storage = await open({ keepVersions: 1 })
    await expect(storage.retrieve('k', { version: '' })).rejects.toThrow(TypeError)
    await expect(storage.stat('k', { ver: 'x' } as never)).rejects.toThrow(/version/)
    await expect(storage.retrieveStream('k', { version: 1 } as never)).rejects.toThrow(TypeError)
    await expect(storage.restoreVersion('k', 1 as never)).rejects.toThrow(TypeError)
    await expect(storage.deleteVersion('../k', 'v')).rejects.toThrow(TypeError)
    await expect(storage.pruneVersions({ keepVersions: 1.5 })).rejects.toThrow(/integer/)
    await expect(storage.pruneVersions({ keep: 1 } as never)).rejects.toThrow(/keepVersions/)
  })
}

function restoring({ open }: SuiteCase): void {
  it('restores a version as a new current one, and keeps the one that it replaces', async () => {
    const storage = await open({ keepVersions: 5 })
    await storage.store('k', 'one', { number: 1 })
    await storage.store('k', 'two', { number: 2 })
    const [two, one] = await storage.history('k')
    const restored = await storage.restoreVersion('k', one?.version ?? '')
    expect(restored).toMatchObject({ metadata: { number: 1 }, digest: expect.any(String) })
    expect(restored?.etag).not.toBe(one?.version)
    expect(await contents(storage, 'k')).toEqual(['one', 'two', 'one'])
    const current = restored?.etag ?? ''
    expect(await storage.restoreVersion('k', current)).toEqual(restored)
    expect(await storage.history('k')).toHaveLength(3)
    const stale = { ifMatch: one?.etag }
    await expect(storage.restoreVersion('k', two?.version ?? '', stale)).rejects.toMatchObject(
      CONFLICT,
    )
    await expect(storage.restoreVersion('k', current, stale)).rejects.toMatchObject(CONFLICT)
    expect(await storage.restoreVersion('k', 'none')).toBeUndefined()
    expect(await storage.restoreVersion('other', current)).toBeUndefined()
  })

  it('brings back a deleted file', async () => {
    const storage = await open({ keepVersions: 1 })
    await storage.store('k', { a: 1 })
    expect(await storage.delete('k')).toBe(true)
    const history = await storage.history('k')
    expect(history).toMatchObject([{ current: false, replaced_at: expect.any(String) }])
    expect(await storage.exists('k')).toBe(false)
    const version = history[0]?.version ?? ''
    expect(await storage.restoreVersion('k', version, { ifAbsent: true })).toBeDefined()
    expect(await storage.retrieve('k')).toEqual({ a: 1 })
    expect(await storage.history('k')).toHaveLength(2)
  })
}

function removing({ open }: SuiteCase): void {
  it('removes one version, never the current one', async () => {
    const storage = await open({ keepVersions: 5 })
    for (const text of ['one', 'two', 'three']) await storage.store('k', text)
    const [three = '', two = ''] = (await storage.history('k')).map(({ version }) => version)
    expect(await storage.deleteVersion('k', two)).toBe(true)
    expect(await storage.deleteVersion('k', two)).toBe(false)
    await expect(storage.deleteVersion('k', three)).rejects.toMatchObject(CONFLICT)
    expect(await contents(storage, 'k')).toEqual(['three', 'one'])
  })

  it('prunes the versions of all keys, or of those with a prefix', async () => {
    const storage = await open({ keepVersions: 5 })
    for (const text of ['one', 'two', 'three'])
      for (const key of ['a/x', 'a/y', 'b']) await storage.store(key, text)
    await storage.delete('b')
    expect(await storage.pruneVersions()).toBe(0)
    expect(await storage.pruneVersions({ keepVersions: 1, prefix: 'a/' })).toBe(2)
    expect(await contents(storage, 'a/x')).toEqual(['three', 'two'])
    expect(await contents(storage, 'b')).toEqual(['three', 'two', 'one'])
    expect(await storage.pruneVersions({ keepVersions: 0 })).toBe(5)
    expect(await storage.history('b')).toEqual([])
    expect(await contents(storage, 'a/y')).toEqual(['three'])
  })

  it('asks how many to keep where it keeps none', async () => {
    const storage = await open()
    await expect(storage.pruneVersions()).rejects.toThrow(/"keepVersions" of pruneVersions/)
    expect(await storage.pruneVersions({ keepVersions: 0 })).toBe(0)
  })
}

function expiring({ open, subject }: SuiteCase): void {
  const isFarPossible = subject.takesAnyTime !== false
  it.runIf(isFarPossible)('sweeps versions that were replaced too long ago', async () => {
    const clock = movableClock()
    const storage = await open({ keepVersions: 5, keepVersionsDays: 10 })
    await storage.store('k', 'one')
    await storage.store('k', 'two')
    clock.forward(6 * DAY_MS)
    await storage.store('k', 'three')
    clock.forward(6 * DAY_MS)
    expect(await contents(storage, 'k')).toEqual(['three', 'two', 'one'])
    expect(await storage.sweep()).toBe(0)
    expect(await contents(storage, 'k')).toEqual(['three', 'two'])
  })

  it('lets a version expire when its file would have, and keeps no expired file', async () => {
    const clock = movableClock()
    const storage = await open({ keepVersions: 5 })
    const expiresAt = Date.now() + MINUTE_MS
    await storage.store('k', 'one', {}, { expiresAt })
    await storage.store('k', 'two', {}, { expiresAt: expiresAt + MINUTE_MS })
    await storage.store('other', 'gone', {}, { expiresAt })
    const one = (await storage.history('k'))[1]?.version ?? ''
    clock.forward(MINUTE_MS + 1)
    expect(await contents(storage, 'k')).toEqual(['two'])
    expect(await storage.retrieve('k', { version: one })).toBeUndefined()
    expect(await storage.restoreVersion('k', one)).toBeUndefined()
    await storage.sweep()
    expect(await storage.getStorageUsage()).toMatchObject({ file_count: 1, version_count: 0 })
    clock.forward(MINUTE_MS)
    await storage.store('k', 'three')
    expect(await contents(storage, 'k')).toEqual(['three'])
  })
}

/** Of all versions of a key, newest first. */
async function contents(storage: FileStorage, key: string): Promise<unknown[]> {
  const history = await storage.history(key)
  return await Promise.all(
    history.map(async ({ version }) => await storage.retrieve(key, { version })),
  )
}

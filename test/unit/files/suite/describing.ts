import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { movableClock, type SuiteCase } from './subject.js'

/** Services refuse requests whose clock is a quarter of an hour off. */
const WHILE_MS = 4 * 60_000

/** What is kept with a file, and what its times decide. */
export function describingBehaviour(suite: SuiteCase): void {
  describing(suite)
  expiring(suite)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function describing({ open, settings }: SuiteCase): void {
  it('keeps metadata, times, sizes and digests with a file', async () => {
    const storage = await open()
    const metadata = { content_type: 'text/plain', tags: ['ü', 1], nested: { deep: null } }
    await storage.store('a', 'first', metadata)
    const first = await storage.stat('a')
    expect(first).toMatchObject({
      key: 'a',
      kind: 'text',
      bytes: 5,
      metadata,
      expires_at: undefined,
      digest:
        settings.enable_encryption === true
          ? (expect.not.stringContaining(sha256('first')) as string)
          : sha256('first'),
      encryption_key_id: settings.enable_encryption === true ? 'default' : undefined,
    })
    expect(Object.isFrozen(first?.metadata) || first?.metadata !== metadata).toBe(true)
    await storage.store('a', 'second!')
    const second = await storage.stat('a')
    expect(second).toMatchObject({ bytes: 7, metadata: {}, created_at: first?.created_at })
    expect(second?.etag).not.toBe(first?.etag)
    expect(await storage.exists('a')).toBe(true)
    expect(await storage.exists('b')).toBe(false)
    expect(await storage.stat('b')).toBeUndefined()
  })

  it('says of a file the same in a list as alone, and compresses what becomes smaller', async () => {
    const storage = await open()
    await storage.store('long', 'x'.repeat(50_000), { m: [1] })
    await storage.store('short', 'x')
    const alone = [await storage.stat('long'), await storage.stat('short')]
    expect((await storage.list()).files).toEqual(alone)
    const compressed = settings.enable_compression !== false
    expect(alone.map((info) => info?.compression)).toEqual([compressed ? 'gzip' : 'none', 'none'])
    if (compressed) expect(alone[0]?.stored_bytes).toBeLessThan(5000)
    else expect(alone[0]?.stored_bytes).toBeGreaterThanOrEqual(50_000)
  })
}

function expiring({ open }: SuiteCase): void {
  it('forgets what has expired, at once for readers and for good when swept', async () => {
    const clock = movableClock()
    const storage = await open()
    const soon = Date.now() + WHILE_MS
    await storage.store('temp/a', 'x', { expires_at: new Date(soon).toISOString() })
    await storage.store('temp/b', 'x', {}, { expiresAt: soon })
    await storage.store('temp/c', 'x', {}, { expiresAt: new Date(soon + WHILE_MS) })
    await storage.store('temp/d', 'x', {}, { expiresAt: soon })
    expect(await storage.retrieve('temp/a')).toBe('x')
    expect(await storage.listKeys('temp/')).toEqual(['temp/a', 'temp/b', 'temp/c', 'temp/d'])
    expect(await storage.sweep()).toBe(0)
    clock.forward(WHILE_MS + 1)
    expect(await storage.listKeys('temp/')).toEqual(['temp/c'])
    expect(await storage.sweep()).toBe(3)
    expect(await storage.sweep()).toBe(0)
    expect(await storage.retrieve('temp/a')).toBeUndefined()
    expect((await storage.getStorageUsage()).file_count).toBe(1)
  })

  it('takes what has expired for absent in every condition', async () => {
    const clock = movableClock()
    const storage = await open()
    const expiresAt = Date.now() + WHILE_MS
    for (const key of ['a', 'b']) await storage.store(key, 'x', {}, { expiresAt })
    const ifMatch = (await storage.stat('b'))?.etag ?? ''
    await storage.retrieve('a')
    clock.forward(WHILE_MS + 1)
    const conflict = { code: 'FS-CONFLICT-001' }
    await expect(storage.store('b', 'again', {}, { ifMatch })).rejects.toMatchObject(conflict)
    await storage.store('a', 'again', {}, { ifAbsent: true })
    expect(await storage.retrieve('a')).toBe('again')
    expect(await storage.exists('b')).toBe(false)
    expect(await storage.retrieveStream('b')).toBeUndefined()
    expect(await storage.copy('b', 'c')).toBe(false)
  })

  it('stores and copies onto what has expired with ifAbsent, while a read has it removed', async () => {
    const storage = await open()
    await storage.store('from', 'copied')
    for (let round = 0; round < 5; round++) {
      for (const key of ['a', 'b']) {
        await storage.store(key, 'x', {}, { expiresAt: 1 })
        expect(await storage.exists(key)).toBe(false)
      }
      expect(await storage.store('a', 'again', {}, { ifAbsent: true })).toBe(true)
      expect(await storage.copy('from', 'b', { ifAbsent: true })).toBe(true)
      expect(await storage.retrieveMany(['a', 'b'])).toEqual([
        { key: 'a', value: 'again' },
        { key: 'b', value: 'copied' },
      ])
    }
  })

  it('removes what is older than a number of days, of a prefix', async () => {
    const clock = movableClock()
    const storage = await open()
    await storage.store('temp/a', 'x')
    await storage.store('kept/b', 'x')
    clock.forward(WHILE_MS)
    expect(await storage.cleanupOldFiles(30)).toBe(0)
    expect(await storage.cleanupOldFiles(0, { prefix: 'temp/' })).toBe(1)
    expect(await storage.listKeys()).toEqual(['kept/b'])
    await expect(storage.cleanupOldFiles(-1)).rejects.toThrow(RangeError)
  })
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Keyv, type KeyvStoreAdapter } from 'keyv'
import { describe, expect, it, onTestFinished } from 'vitest'
import HoldfastByDefault, { createKeyv, KeyvHoldfast } from '../../../src/adapters/keyv.js'
import { openFiles } from '../files/support.js'
import { tempDirectory } from '../../support/temp.js'

/** A Keyv of the test's own, over memory unless it says otherwise. */
function opened(...given: Parameters<typeof createKeyv>): Keyv {
  const keyv = createKeyv(given[0] ?? { backend: 'memory' }, given[1])
  onTestFinished(async () => await keyv.disconnect())
  return keyv
}

async function entriesOf(keyv: Keyv): Promise<unknown[]> {
  const entries: unknown[] = []
  for await (const entry of keyv.iterator?.(undefined) ?? []) entries.push(entry)
  return entries
}

describe('values', () => {
  it('are plain files, in a directory for their namespace', async () => {
    const path = await tempDirectory()
    const keyv = opened({ local_storage_path: path }, { namespace: 'users' })
    await keyv.set('7.json', { name: 'Ada' })
    expect(await readFile(join(path, 'users/7.json'), 'utf8')).toBe('{"value":{"name":"Ada"}}')
    const plain = opened({ local_storage_path: await tempDirectory() }, { namespace: '' })
    await plain.set('a:b', 1)
    expect(await (plain.store as KeyvHoldfast).storage.listKeys()).toEqual(['a/b'])
  })

  it('come back from a store that is opened again', async () => {
    const config = { local_storage_path: await tempDirectory() }
    const first = createKeyv(config)
    await first.set('kept', [1, 2])
    await first.disconnect()
    expect(await opened(config).get('kept')).toEqual([1, 2])
  })

  it('may be anything that JSON holds, or bytes, where Keyv does not serialise', async () => {
    const store = new KeyvHoldfast({ backend: 'memory' })
    await store.set('bytes', Buffer.from([0, 255]))
    await store.set('object', { a: [null] })
    expect(await store.getMany(['bytes', 'object'])).toEqual([Uint8Array.of(0, 255), { a: [null] }])
    await expect(store.set('nothing', undefined)).rejects.toThrow(TypeError)
    await store.disconnect()
  })

  it('keep keys apart that look alike, are prefixes of one another, or are very long', async () => {
    const keyv = opened({ local_storage_path: await tempDirectory() })
    const keys = [
      'a',
      'a:b',
      'a/b',
      'a::b',
      '',
      '.',
      '..',
      '../x',
      'A',
      'con',
      '%2f',
      'a%2fb',
      'nul\0',
    ]
    keys.push('https://x.org/?q=1', `u:${'long '.repeat(1000)}`, '\ud800', '\udc00')
    await keyv.setMany(keys.map((key, at) => ({ key, value: at })))
    expect(await keyv.getMany(keys)).toEqual(keys.map((_, at) => at))
    const found = (await entriesOf(keyv)) as [string, number][]
    expect(found.map(([key]) => key).sort()).toEqual([...keys].sort())
    expect(await keyv.delete(keys)).toBe(true)
    expect(await entriesOf(keyv)).toEqual([])
  })
})

describe('namespaces', () => {
  it('with colons in them are apart from one another, and from keys that begin alike', async () => {
    const storage = await openFiles({ backend: 'memory' })
    const names = ['app', 'app:v1', 'app:v10', 'ap', 'app:v1:x']
    const keyvs = names.map((namespace) => opened({ storage }, { namespace }))
    for (const [at, keyv] of keyvs.entries()) await keyv.set('key', names[at])
    for (const [at, keyv] of keyvs.entries()) expect(await keyv.get('key')).toBe(names[at])
    // Keyv takes the first colon for the end of the namespace.
    expect(await entriesOf(keyvs[1] as Keyv)).toEqual([['v1:key', 'app:v1']])
    await keyvs[1]?.clear()
    const kept = ['ap/key', 'app/key', 'app/v1/x/key', 'app/v10/key']
    expect(await storage.listKeys()).toEqual(kept)
    await keyvs[0]?.clear()
    expect(await storage.listKeys()).toEqual(kept.filter((key) => key !== 'app/key'))
    const without = opened({ storage }, { namespace: '' })
    await without.set('app:key', 'of none')
    await without.clear()
    expect(await storage.listKeys()).toEqual(['ap/key', 'app/v1/x/key', 'app/v10/key'])
  })

  it('keep what an earlier version stored without a note, unless another may have stored it', async () => {
    const storage = await openFiles({ backend: 'memory' })
    for (const key of ['app/a', 'app/user/7', 'app/v1/old'])
      await storage.store(key, JSON.stringify({ value: key }))
    const [app, v1] = ['app', 'app:v1'].map((namespace) => opened({ storage }, { namespace }))
    expect(await app?.get('user:7')).toBe('app/user/7')
    expect(await v1?.get('old')).toBe('app/v1/old')
    await v1?.set('new', 1)
    await app?.clear()
    expect(await storage.listKeys()).toEqual(['app/v1/new', 'app/v1/old'])
    await v1?.clear()
    expect(await storage.listKeys()).toEqual([])
  })

  it('are cleared whole, however many values they have, and alone', async () => {
    const storage = await openFiles({ backend: 'memory' })
    const many = opened({ storage }, { namespace: 'many' })
    const other = opened({ storage }, { namespace: 'other' })
    await many.setMany(Array.from({ length: 2500 }, (_, at) => ({ key: `${at}`, value: at })))
    await other.set('kept', true)
    await storage.store('many.txt', 'no value')
    await many.clear()
    expect(await storage.listKeys()).toEqual(['many.txt', 'other/kept'])
  })

  it('stay below the base, and clear leaves the rest of the storage alone', async () => {
    const storage = await openFiles({ backend: 'memory' })
    await storage.store('report.txt', 'kept')
    const keyv = opened({ storage, base: 'cache/v1' }, { namespace: '' })
    await keyv.set('a', 1)
    expect(await storage.listKeys()).toEqual(['cache/v1/a', 'report.txt'])
    await keyv.clear()
    expect(await storage.listKeys()).toEqual(['report.txt'])
  })

  it('are iterated alone, with the keys as they were set', async () => {
    const storage = await openFiles({ backend: 'memory' })
    const users = opened({ storage }, { namespace: 'users' })
    await users.set('7:name', 'Ada')
    await opened({ storage }, { namespace: 'pages' }).set('users', 'no user')
    expect(await entriesOf(users)).toEqual([['7:name', 'Ada']])
    const all: string[] = []
    for await (const [key] of new KeyvHoldfast({ storage }).iterator()) all.push(key)
    expect(all).toEqual(['pages:users', 'users:7:name'])
  })
})

describe('a time to live', () => {
  it('is kept as the expiry of the file, which is then absent and swept', async () => {
    const storage = await openFiles({ local_storage_path: await tempDirectory() })
    const keyv = opened({ storage }, { namespace: 'n' })
    const before = Date.now()
    await keyv.set('short', 'x', 40)
    await keyv.setMany([
      { key: 'batch', value: 'x', ttl: 40 },
      { key: 'ever', value: 'x', ttl: 0 },
    ])
    await keyv.set('long', 'x', 60_000)
    const expiry = Date.parse((await storage.stat('n/long'))?.expires_at ?? '')
    expect(expiry - before).toBeGreaterThanOrEqual(60_000)
    expect(expiry - Date.now()).toBeLessThanOrEqual(60_001)
    await expect.poll(async () => await keyv.hasMany(['short', 'batch'])).toEqual([false, false])
    expect(await keyv.getMany(['short', 'batch', 'ever'])).toEqual([undefined, undefined, 'x'])
    await storage.sweep()
    expect((await storage.getStorageUsage()).file_count).toBe(2)
  })

  it('may be without end, or longer than calendars go', async () => {
    const store = new KeyvHoldfast({ backend: 'memory' })
    for (const ttl of [Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, undefined]) {
      await store.set('a', 'x', ttl)
      expect((await store.storage.stat('a'))?.expires_at).toBeUndefined()
    }
    await store.set('a', 'x', -1)
    expect(await store.has('a')).toBe(false)
    await expect(store.set('a', 'x', Number.NaN)).rejects.toThrow(
      'The time to live must be a number, got NaN',
    )
    await store.disconnect()
  })
})

describe('failures', () => {
  it('of Keyv’s calls are thrown by createKeyv’s, and told as events by any', async () => {
    const thrown = opened({ backend: 'memory', quota_bytes: 10 })
    await expect(thrown.set('a', 'x'.repeat(100))).rejects.toMatchObject({ code: 'FS-QUOTA-001' })

    const store = new KeyvHoldfast({ backend: 'memory', quota_bytes: 10 })
    const quiet = new Keyv({ store })
    const errors: unknown[] = []
    quiet.on('error', (error: unknown) => errors.push(error))
    expect(await quiet.set('a', 'x'.repeat(100))).toBe(false)
    expect(await quiet.setMany([{ key: 'a', value: 'x'.repeat(100) }])).toEqual([false])
    expect(errors).toMatchObject([{ code: 'FS-QUOTA-001' }, { code: 'FS-QUOTA-001' }])
    await quiet.disconnect()
    expect(await quiet.get('a')).toBeUndefined()
    expect(errors[2]).toMatchObject({ code: 'FS-CLOSED-001' })
    await expect(store.get('a')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
    await expect(store.getMany(['a', 'b'])).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })

  it('of reading without a listener are thrown all the same', async () => {
    const store = new KeyvHoldfast({ backend: 'memory' })
    await store.disconnect()
    await expect(store.get('a')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
    await expect(store.clear()).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })
})

describe('the store', () => {
  it('is what Keyv calls a store, and the default export', () => {
    const store: KeyvStoreAdapter = new KeyvHoldfast({ backend: 'memory' })
    expect(HoldfastByDefault).toBe(KeyvHoldfast)
    expect('namespace' in store).toBe(false)
    expect(new Keyv(store).iterator).toBeTypeOf('function')
  })

  it('reports each key and all of them', async () => {
    const keyv = opened()
    expect(
      await keyv.setMany([
        { key: 'a', value: 1 },
        { key: 'b', value: 2 },
      ]),
    ).toEqual([true, true])
    expect(await keyv.hasMany(['a', 'none', 'b'])).toEqual([true, false, true])
    expect(await keyv.deleteMany(['a', 'none'])).toBe(false)
    expect(await keyv.has('a')).toBe(false)
    expect(await keyv.delete('b')).toBe(true)
  })

  it('may be shared by many Keyvs', async () => {
    const store = new KeyvHoldfast({ backend: 'memory' })
    const keyvs = Array.from({ length: 20 }, (_, at) => new Keyv({ store, namespace: `n${at}` }))
    await Promise.all(keyvs.map(async (keyv, at) => await keyv.set('key', at)))
    expect(await Promise.all(keyvs.map(async (keyv) => await keyv.get<number>('key')))).toEqual(
      keyvs.map((_, at) => at),
    )
    await store.disconnect()
  })

  it('clears nothing under Keyvs of different namespaces, which it cannot tell apart', async () => {
    const store = new KeyvHoldfast({ backend: 'memory' })
    const [a, b, none] = ['a', 'b', ''].map(
      (namespace) => new Keyv({ store, namespace, throwOnErrors: true }),
    )
    for (const keyv of [a, b, none]) await keyv?.set('k', 1)
    for (const keyv of [a, b, none]) {
      await expect(keyv?.clear()).rejects.toThrow(/its own KeyvHoldfast/)
      expect(await keyv?.get('k')).toBe(1)
    }
    const alone = new Keyv({ store: new KeyvHoldfast({ storage: store.storage }), namespace: 'a' })
    await alone.clear()
    expect([await a?.get('k'), await b?.get('k'), await none?.get('k')]).toEqual([undefined, 1, 1])
    await store.disconnect()
  })

  it('clears a namespace that its only Keyv was given later', async () => {
    const store = new KeyvHoldfast({ backend: 'memory' })
    store.on('error', () => undefined)
    const keyv = new Keyv({ store, namespace: 'first', throwOnErrors: true })
    keyv.namespace = 'second'
    await keyv.set('k', 1)
    await keyv.clear()
    expect(await keyv.get('k')).toBeUndefined()
    await store.disconnect()
  })
})

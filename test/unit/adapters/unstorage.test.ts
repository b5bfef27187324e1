import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { prefixStorage } from 'unstorage'
import { describe, expect, it } from 'vitest'
import holdfast from '../../../src/adapters/unstorage.js'
import { openFiles } from '../files/support.js'
import { tempDirectory } from '../../support/temp.js'
import { clearBelow, openStorage } from './support.js'

describe('mounts', () => {
  it('keep their keys apart, on storages of their own or on one with a base for each', async () => {
    const files = await openFiles()
    const storage = openStorage({ storage: files, base: 'root' })
    storage.mount('cache', holdfast({ storage: files, base: 'cache' }))
    storage.mount('memory', holdfast({ backend: 'memory' }))
    await storage.setItems(
      ['a', 'cache:a', 'cache:b:c', 'memory:a'].map((key) => ({ key, value: key })),
    )
    expect((await storage.getKeys()).sort()).toEqual(['a', 'cache:a', 'cache:b:c', 'memory:a'])
    expect((await storage.getKeys(undefined, { maxDepth: 1 })).sort()).toEqual([
      'a',
      'cache:a',
      'memory:a',
    ])
    expect(await files.listKeys()).toEqual(['cache/a', 'cache/b/c', 'root/a'])
    await storage.clear('cache')
    expect(await files.listKeys()).toEqual(['root/a'])
    expect(await prefixStorage(storage, 'memory').getItem('a')).toBe('memory:a')
    await storage.unmount('memory')
    expect(await storage.getItem('memory:a')).toBeNull()
  })

  it('leave files alone that are not below their base', async () => {
    const files = await openFiles()
    await files.store('other/file.txt', 'kept')
    await files.store('items/a:b', 'no item')
    const storage = openStorage({ storage: files, base: 'items' })
    await storage.setItem('a:b', 'an item')
    expect(await storage.getKeys()).toEqual(['a:b'])
    await storage.clear()
    expect(await files.listKeys()).toEqual(['items/a:b', 'other/file.txt'])
  })
})

describe('items', () => {
  it('are plain files with their own names, and files are items', async () => {
    const path = await tempDirectory()
    const files = await openFiles({ local_storage_path: path })
    const storage = openStorage({ storage: files })
    await storage.setItem('users:7:profile.json', { name: 'Ada' })
    expect(await readFile(join(path, 'users/7/profile.json'), 'utf8')).toBe('{"name":"Ada"}')
    expect(await readdir(join(path, 'users'))).toEqual(['7'])
    await files.store('config/app.json', { debug: true })
    await files.store('config/null.json', null)
    await files.store('config/bytes.txt', Buffer.from('téxt'))
    expect(await storage.getItem('config:app.json')).toEqual({ debug: true })
    expect(await storage.getItem('config:null.json')).toBeNull()
    expect(await storage.getItem('config:bytes.txt')).toBe('téxt')
    expect(String(await storage.getItemRaw('config:app.json'))).toBe('{"debug":true}')
  })

  it('whose files were damaged fail, and give nothing else', async () => {
    const path = await tempDirectory()
    const first = openStorage({ local_storage_path: path })
    await first.setItem('a.txt', 'what was stored')
    await first.dispose()
    await writeFile(join(path, 'a.txt'), 'what was st0red')
    const storage = openStorage({ local_storage_path: path })
    await expect(storage.getItem('a.txt')).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    await expect(storage.getItems(['a.txt'])).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    await storage.setItem('a.txt', 'stored again')
    expect(await storage.getItem('a.txt')).toBe('stored again')
  })

  it('of more than a page are listed and cleared, all of them', async () => {
    const storage = openStorage({ backend: 'memory' })
    const many = Array.from({ length: 2500 }, (_, at) => ({ key: `many:${at}`, value: at }))
    await storage.setItems([...many, { key: 'one', value: 1 }])
    expect(await storage.getKeys('many')).toHaveLength(2500)
    await clearBelow(storage, 'many:')
    expect(await storage.getKeys()).toEqual(['one'])
  })

  it('are reported to watchers when this storage changes them', async () => {
    const storage = openStorage({ backend: 'memory' })
    const events: string[] = []
    const unwatch = await storage.watch((event, key) => events.push(`${event} ${key}`))
    await storage.setItem('a', 1)
    await storage.removeItem('a')
    await unwatch()
    await storage.setItem('a', 2)
    expect(events).toEqual(['update a', 'remove a'])
  })

  it('that could not be stored are reported, and the others are stored', async () => {
    const storage = openStorage({ backend: 'memory', quota_bytes: 100, enable_compression: false })
    const items = ['a', 'b', 'c'].map((key) => ({
      key,
      value: key === 'a' ? 'x' : 'x'.repeat(200),
    }))
    const failure = await storage.setItems(items).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'FS-QUOTA-001' })
    expect(String(failure)).toMatch(/2 of 3 entries failed/)
    expect((failure as Error).cause).toBeInstanceOf(AggregateError)
    expect(await storage.getKeys()).toEqual(['a'])
  })
})

describe('the driver', () => {
  it('has a name, gives its storage, and claims what it does', async () => {
    const files = await openFiles({ backend: 'memory' })
    const driver = holdfast({ storage: files })
    expect(driver).toMatchObject({ name: 'holdfast', flags: { ttl: true } })
    expect(driver.getInstance?.()).toBe(files)
    expect(driver.watch).toBeUndefined()
    expect(driver.options).toBeUndefined()
  })

  it('honours a depth and a bare base by itself', async () => {
    const driver = holdfast({ backend: 'memory' })
    for (const key of ['a', 'a:b', 'ab']) await driver.setItem?.(key, key, {})
    expect(await driver.getKeys('', { maxDepth: 0 })).toEqual(['a', 'ab'])
    expect(await driver.getKeys('a:', {})).toEqual(['a:b'])
    await driver.dispose?.()
  })
})

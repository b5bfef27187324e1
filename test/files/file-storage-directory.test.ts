import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../src/files/file-storage.js'
import { tempDirectory } from '../support/temp.js'
import { bytesFrom, openFiles, pieces } from './support.js'

describe('a file storage in a directory', () => {
  it('keeps payloads as plain files at their keys', async () => {
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path })
    await storage.store('users/7/profile.json', { name: 'Ada' })
    await storage.store('big.txt', 'x'.repeat(5000))
    await storage.store('big.txt.gz', 'not the same')
    expect(await readFile(join(path, 'users/7/profile.json'), 'utf8')).toBe('{"name":"Ada"}')
    expect((await readdir(path)).filter((name) => !name.startsWith('.')).sort()).toEqual([
      'big.txt%2egz',
      'big.txt.gz',
      'users',
    ])
    await storage.store('big.txt', 'small')
    expect(await readFile(join(path, 'big.txt'), 'utf8')).toBe('small')
    expect(await storage.retrieve('big.txt.gz')).toBe('not the same')
  })

  it('holds what was stored when it is opened again, and is closed for good', async () => {
    const path = await tempDirectory()
    const first = await FileStorage.open({ local_storage_path: path })
    await first.store('a', { deep: [1] }, { m: 'n' })
    await first.close()
    await first.close()
    await expect(first.retrieve('a')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
    await using again = await FileStorage.open({ local_storage_path: path })
    expect(await again.retrieve('a')).toEqual({ deep: [1] })
    expect((await again.stat('a'))?.metadata).toEqual({ m: 'n' })
  })

  it('tells what was damaged on the disk, and takes a new file in its place', async () => {
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path, enable_cache: false })
    for (const key of ['flipped.txt', 'cut.txt', 'gone.txt', 'document.txt', 'fine.txt'])
      await storage.store(key, 'some content')
    await writeFile(join(path, 'flipped.txt'), 'some CONTENT')
    await writeFile(join(path, 'cut.txt'), 'some')
    await rm(join(path, 'gone.txt'))
    await writeFile(join(path, '.meta/document.txt.json'), '{"format":1}')
    for (const key of ['flipped.txt', 'cut.txt', 'gone.txt', 'document.txt'])
      await expect(storage.retrieve(key), key).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    const report = await storage.verify()
    expect(report.checked).toBe(5)
    expect(report.problems.map(({ key }) => key)).toEqual([
      'cut.txt',
      'document.txt',
      'flipped.txt',
      'gone.txt',
    ])
    for (const { key } of report.problems) {
      await storage.store(key, 'new')
      expect(await storage.retrieve(key)).toBe('new')
      expect(await storage.delete(key)).toBe(true)
    }
    expect(await storage.listKeys()).toEqual(['fine.txt'])
  })

  it('refuses keys that are none, and never leaves its directory', async () => {
    const storage = await openFiles()
    for (const key of [
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      '../a',
      'a/../b',
      'a\0b',
      '\ud800',
      'x'.repeat(1025),
      7,
    ]) {
      await expect(storage.store(key as string, 'x')).rejects.toThrow(TypeError)
      await expect(storage.retrieve(key as string)).rejects.toThrow(TypeError)
    }
    await storage.store('..a', 'fine')
    expect(await storage.retrieve('..a')).toBe('fine')
  })

  it('refuses values that would not come back', async () => {
    const storage = await openFiles()
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    for (const value of [
      undefined,
      Number.NaN,
      -0,
      1n,
      () => 0,
      Symbol('x'),
      new Date(),
      new Map(),
      [undefined],
      cycle,
      '\ud800',
    ])
      await expect(storage.store('a', value as never)).rejects.toThrow(TypeError)
    await expect(storage.store('a', 'x', [] as never)).rejects.toThrow(/metadata/)
    await expect(storage.store('a', 'x', {}, { ttl: 1 } as never)).rejects.toThrow(/ttl/)
    await expect(storage.store('a', 'x', { expires_at: 'tomorrow' })).rejects.toThrow(TypeError)
    expect(await storage.listKeys()).toEqual([])
  })

  it('leaves everything as it was when a stream breaks', async () => {
    const storage = await openFiles()
    await storage.store('a', 'old')
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(2_000_000, 'x')
      await Promise.resolve()
      throw new Error('the stream broke')
    }
    await expect(storage.storeStream('a', broken())).rejects.toThrow('the stream broke')
    await expect(storage.storeStream('a', pieces('text' as never, 1))).rejects.toThrow(TypeError)
    expect(await storage.retrieve('a')).toBe('old')
  })

  it('keeps under its quota', async () => {
    const storage = await openFiles({ quota_bytes: 10_000, enable_compression: false })
    await storage.store('a', Buffer.alloc(6000))
    const over = { code: 'FS-QUOTA-001', context: { quota_bytes: 10_000 } }
    await expect(storage.store('b', Buffer.alloc(5000))).rejects.toMatchObject(over)
    await expect(
      storage.storeStream('b', pieces(Buffer.alloc(500_000), 1000)),
    ).rejects.toMatchObject(over)
    await storage.store('a', Buffer.alloc(9000))
    await storage.store('a', Buffer.alloc(1000))
    await storage.store('b', Buffer.alloc(9000))
    await storage.delete('b')
    await storage.store('c', Buffer.alloc(9000))
    expect(await storage.listKeys()).toEqual(['a', 'c'])
  })

  it('takes no content into memory that is over its bound', async () => {
    const storage = await openFiles({ max_retrieve_bytes: 1000 })
    await storage.store('a', Buffer.alloc(1001))
    await expect(storage.retrieve('a')).rejects.toThrow(/retrieveStream/)
    expect((await bytesFrom((await storage.retrieveStream('a'))?.body)).length).toBe(1001)
  })

  it('removes what is older than so many days, of a prefix', async () => {
    const storage = await openFiles()
    await storage.store('temp/a', 'x')
    await storage.store('kept/b', 'x')
    expect(await storage.cleanupOldFiles(30)).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await storage.cleanupOldFiles(0, { prefix: 'temp/' })).toBe(1)
    expect(await storage.listKeys()).toEqual(['kept/b'])
  })

  it('refuses the directory of a version store', async () => {
    const path = await tempDirectory()
    await mkdir(path, { recursive: true })
    const { FileSystemStorage } = await import('../../src/versions/file-system-storage.js')
    const versions = await FileSystemStorage.open({ storageDir: path } as never)
    await versions.close()
    await expect(FileStorage.open({ local_storage_path: path })).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
    })
  })
})

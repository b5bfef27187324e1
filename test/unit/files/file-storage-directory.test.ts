import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { movableClock } from './suite/subject.js'

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

  it('leaves what is under the target of a move that another has made', async () => {
    const config = { local_storage_path: await tempDirectory() }
    await using one = await FileStorage.open(config)
    await using two = await FileStorage.open(config)
    for (let round = 0; round < 8; round++) {
      await one.store('job', `job ${round}`)
      await one.storeMany(['a', 'b'].map((key) => ({ key, data: 'before' })))
      const moved = await Promise.all([one.move('job', 'a'), two.move('job', 'b')])
      expect(moved.filter(Boolean)).toHaveLength(1)
      const values = (await one.retrieveMany(['a', 'b'])).map(({ value }) => value)
      expect(values[moved.indexOf(true)]).toBe(`job ${round}`)
      expect(values[moved.indexOf(false)]).toBe('before')
    }
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
    const reasons = report.problems.map(({ reason }) => reason)
    expect(reasons).toEqual(['cut', 'document', 'checksum', 'missing'])
    expect(report.strays).toEqual([])
    for (const { key } of report.problems) {
      await storage.store(key, 'new')
      expect(await storage.retrieve(key)).toBe('new')
      expect(await storage.delete(key)).toBe(true)
    }
    expect(await storage.listKeys()).toEqual(['fine.txt'])
  })

  it('counts in days of 24 hours what is old', async () => {
    const clock = movableClock()
    await using storage = await FileStorage.open({ local_storage_path: await tempDirectory() })
    await storage.store('a', 'x')
    clock.forward(29 * 24 * 3_600_000)
    expect(await storage.cleanupOldFiles()).toBe(0)
    await storage.store('b', 'x')
    clock.forward(25 * 3_600_000)
    expect(await storage.cleanupOldFiles()).toBe(1)
    expect(await storage.listKeys()).toEqual(['b'])
  })
})

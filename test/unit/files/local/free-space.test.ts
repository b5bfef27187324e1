import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { mountTmpfs, NEEDS_ROOT } from '../../disk/mount.js'
import { isRoot } from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'
import { pieces } from '../support.js'

const MIB = 1024 * 1024
const MIN_FREE_MB = 60

const REFUSED = {
  code: 'FS-IO-001',
  context: { reason: 'disk_space', min_free_mb: MIN_FREE_MB },
}

/** A storage on a disk of 100 MiB, of which 60 have to stay free. */
async function openSmall(test: TestContext): Promise<{ path: string; storage: FileStorage }> {
  test.skip(!isRoot, NEEDS_ROOT)
  const path = await mountTmpfs(await tempDirectory(), 'size=100m')
  const storage = await FileStorage.open({
    local_storage_path: join(path, 'files'),
    min_free_mb: MIN_FREE_MB,
    enable_compression: false,
  })
  test.onTestFinished(async () => await storage.close())
  return { path: join(path, 'files'), storage }
}

describe('free space', () => {
  it('is left: a store that would take of it is refused, and a smaller one is not', async (test) => {
    const { path, storage } = await openSmall(test)
    await storage.store('kept', Buffer.alloc(MIB, 1))
    const large = Buffer.alloc(40 * MIB)
    await expect(storage.store('large', large)).rejects.toMatchObject({
      ...REFUSED,
      context: { ...REFUSED.context, key: 'large', needed_bytes: large.length },
    })
    await expect(storage.store('kept', large)).rejects.toMatchObject(REFUSED)
    expect(await readdir(join(path, '.tmp'))).toEqual([])
    expect((await storage.retrieve('kept')) as Uint8Array).toHaveLength(MIB)
    await storage.store('small', Buffer.alloc(MIB))
    expect(await storage.listKeys()).toEqual(['kept', 'small'])
  })

  it('is left by a stream of unknown length too, of which nothing stays', async (test) => {
    const { path, storage } = await openSmall(test)
    await storage.store('s', 'old')
    let given = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += MIB
        await Promise.resolve()
        yield Buffer.alloc(MIB)
      }
    }
    await expect(storage.storeStream('s', endless())).rejects.toMatchObject(REFUSED)
    expect(given).toBeLessThan(41 * MIB)
    expect(await readdir(join(path, '.tmp'))).toEqual([])
    expect(await storage.retrieve('s')).toBe('old')
    await storage.storeStream('s', pieces(Buffer.alloc(2 * MIB), 70_000))
    expect((await storage.stat('s'))?.bytes).toBe(2 * MIB)
  })

  it('is left by many stores at once', async (test) => {
    const { storage } = await openSmall(test)
    const entries = Array.from({ length: 40 }, (_, at) => ({
      key: `f${at}`,
      data: Buffer.alloc(3 * MIB, at),
    }))
    const results = await storage.storeMany(entries)
    const stored = results.filter(({ value }) => value === true)
    expect(stored.length).toBeGreaterThan(5)
    expect(stored.length).toBeLessThanOrEqual(13)
    for (const { error } of results) if (error !== undefined) expect(error).toMatchObject(REFUSED)
  })

  it('can always be made by deleting', async (test) => {
    const { storage } = await openSmall(test)
    let stored = 0
    while (await storage.store(`f${stored}`, Buffer.alloc(3 * MIB)).catch(() => false)) stored++
    expect(stored).toBeGreaterThan(5)
    await expect(storage.store('last', Buffer.alloc(8 * MIB))).rejects.toMatchObject(REFUSED)
    for (let at = 0; at < 4; at++) expect(await storage.delete(`f${at}`)).toBe(true)
    expect(await storage.store('last', Buffer.alloc(8 * MIB))).toBe(true)
  })

  it('may all be used when the setting is 0, which must be a whole number', async (test) => {
    test.skip(!isRoot, NEEDS_ROOT)
    const path = await mountTmpfs(await tempDirectory(), 'size=100m')
    await using storage = await FileStorage.open({ local_storage_path: path, min_free_mb: 0 })
    expect(await storage.store('large', Buffer.alloc(60 * MIB))).toBe(true)
    const wrong = FileStorage.open({ local_storage_path: path, min_free_mb: -1 })
    await expect(wrong).rejects.toThrow(/"min_free_mb"/)
  })
})

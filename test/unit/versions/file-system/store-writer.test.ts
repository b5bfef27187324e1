import { mkdir, readdir, readFile, rename, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../../support/temp.js'

describe('a delete into the trash', () => {
  it('keeps every text that was ever acknowledged, while others delete and save again', async () => {
    const storageDir = await tempDirectory()
    const options = { storageDir, enableTrash: true, minFreeMb: 0 }
    const stores = await Promise.all(
      Array.from({ length: 3 }, async () => await FileSystemStorage.open(options)),
    )
    const saved = new Set<string>()
    const work = stores.map(async (storage, at) => {
      for (let turn = 0; turn < 60; turn++) {
        const author = `${at}-${turn}`
        const version = sampleVersion('p', '1.0.0', { metadata: { author, strategy: null } })
        const outcome = await Promise.allSettled([storage.saveVersion(version)])
        if (outcome[0].status === 'fulfilled') saved.add(author)
        await storage.deleteVersion('p', '1.0.0')
      }
    })
    await Promise.all(work)
    const [first] = stores
    await first?.deleteVersion('p', '1.0.0')
    const kept = await Promise.all(
      ((await first?.listTrash('p')) ?? []).map(async ({ path }) => {
        const bytes = await readFile(join(storageDir, path), 'utf8')
        return (JSON.parse(bytes) as { metadata: { author: string } }).metadata.author
      }),
    )
    await Promise.all(stores.map(async (storage) => await storage.close()))
    expect(saved.size).toBeGreaterThan(10)
    expect(kept.toSorted()).toEqual([...saved].toSorted())
  })
})

describe('a delete into the trash of a small journal', () => {
  it('works for documents that are larger than a segment', async () => {
    const storageDir = await tempDirectory()
    const small = { segmentBytes: 64 * 1024, journalBytes: 64 * 1024 }
    await using storage = await FileSystemStorage.open({
      storageDir,
      enableTrash: true,
      minFreeMb: 0,
      ...small,
    })
    for (const [at, length] of [1000, 9000, 50_000, 90_000].entries()) {
      const version = sampleVersion('p', `1.0.${at}`, {
        metadata: { author: 'x'.repeat(length), strategy: null },
      })
      await storage.saveVersion(version)
      expect(await storage.deleteVersion('p', version.version)).toBe(true)
      expect(await storage.restoreVersion('p', version.version)).toBe(true)
      expect(await storage.getVersion('p', version.version)).toEqual(version)
    }
  })
})

describe('a delete that the disk refuses for a reason of its own', () => {
  it('fails with FS-DELETE-001 where a link is in the place of its trash, and leaves the file alone', async () => {
    const storageDir = await tempDirectory()
    const outside = await tempDirectory()
    await using storage = await FileSystemStorage.open({
      storageDir,
      minFreeMb: 0,
      enableTrash: true,
    })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await mkdir(join(storageDir, '.trash'), { recursive: true })
    await symlink(outside, join(storageDir, '.trash', 'p'))
    await expect(storage.deleteVersion('p', '1.0.0')).rejects.toMatchObject({
      code: 'FS-DELETE-001',
      context: { prompt_id: 'p', version: '1.0.0' },
    })
    expect(await readdir(outside)).toEqual([])
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0'])
    await unlink(join(storageDir, '.trash', 'p'))
    expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
  })

  it('fails with a code, follows no link, and leaves the file alone', async () => {
    const storageDir = await tempDirectory()
    const outside = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await rename(join(storageDir, 'p'), join(outside, 'p'))
    await symlink(join(outside, 'p'), join(storageDir, 'p'))
    await expect(storage.deleteVersion('p', '1.0.0')).rejects.toMatchObject({
      code: 'FS-LOAD-002',
      context: { path: 'p/.labels.json' },
    })
    expect(await readdir(join(outside, 'p'))).toEqual(['1.0.0.json'])
    await unlink(join(storageDir, 'p'))
    await rename(join(outside, 'p'), join(storageDir, 'p'))
    expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
  })
})

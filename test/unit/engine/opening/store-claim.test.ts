import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { FILES_CLAIM, VERSIONS_CLAIM } from '../../../../src/document/store-names.js'
import { Store } from '../../../../src/engine/store.js'
import { assertNoRival, createMark } from '../../../../src/engine/opening/store-claim.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { interceptedDisk } from '../../../support/intercepted-disk.js'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast } from '../../cli/holdfast.js'

const MARKS = ['.files.json', '.metadata.json']

describe('the mark of a store', () => {
  it('is flushed before it has its name, at the lowest durability level, too', async () => {
    const calls: string[] = []
    const disk = interceptedDisk((real) => ({
      createFile: async (path) => {
        const file = await real.createFile(path)
        const flush = file.flush.bind(file)
        file.flush = async () => {
          await flush()
          calls.push((await real.stat('.files.json')) === undefined ? 'before' : 'after')
        }
        return file
      },
    }))
    await using store = await Store.open(await tempDirectory(), { disk, durability: 'none' })
    expect(await createMark(store, FILES_CLAIM, Buffer.from('{"format":1}'))).toBe(true)
    expect(calls).toEqual(['before'])
    expect(Buffer.from((await store.read('.files.json')) ?? []).toString()).toBe('{"format":1}')
  })
})

describe('a directory', () => {
  it('of files is refused as a store of versions, with the reason, and is as it was', async () => {
    const path = await tempDirectory()
    {
      await using files = await FileStorage.open({ local_storage_path: path })
      await files.store('a', 'x')
    }
    for (let at = 0; at < 2; at++) {
      await expect(FileSystemStorage.open({ storageDir: path })).rejects.toMatchObject({
        code: 'FS-FORMAT-001',
        context: { reason: 'other_kind', holds: 'files', mark: '.files.json' },
      })
    }
    const { code, stderr } = await holdfast(['ids', '--dir', path])
    expect([code, stderr]).toEqual([1, expect.stringContaining('holds a store of files')])
    expect((await readdir(path)).filter((name) => MARKS.includes(name))).toEqual(['.files.json'])
    await using files = await FileStorage.open({ local_storage_path: path })
    expect(await files.retrieve('a')).toBe('x')
    expect((await files.verify()).strays).toEqual([])
  })

  it('of versions is refused as a store of files, with the reason, and is as it was', async () => {
    const path = await tempDirectory()
    {
      await using versions = await FileSystemStorage.open({ storageDir: path })
      await versions.saveVersion(sampleVersion('p', '1.0.0'))
    }
    await expect(FileStorage.open({ local_storage_path: path })).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'other_kind', holds: 'versions', mark: '.metadata.json' },
    })
    const { code, stderr } = await holdfast(['files', 'ls', '--dir', path])
    expect([code, stderr]).toEqual([1, expect.stringContaining('holds a store of versions')])
    expect((await readdir(path)).filter((name) => MARKS.includes(name))).toEqual(['.metadata.json'])
    await using versions = await FileSystemStorage.open({ storageDir: path })
    expect((await versions.verify()).findings).toEqual([])
  })

  it('becomes a store of one kind at most when both are opened at the same time', async () => {
    for (let round = 0; round < 12; round++) {
      const path = await tempDirectory()
      const [files, versions] = await Promise.allSettled([
        FileStorage.open({ local_storage_path: path }),
        FileSystemStorage.open({ storageDir: path }),
      ])
      const opened = [files, versions].flatMap((each) =>
        each.status === 'fulfilled' ? [each.value] : [],
      )
      for (const each of [files, versions])
        if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'FS-FORMAT-001' })
      expect(opened.length).toBeLessThanOrEqual(1)
      for (const each of opened) await each.close()
      const marks = (await readdir(path)).filter((name) => MARKS.includes(name))
      expect(marks).toHaveLength(opened.length)
    }
  })

  it('loses the mark that came second', async () => {
    const path = await tempDirectory()
    await using directory = await Store.open(path)
    expect(await createMark(directory, FILES_CLAIM, Buffer.from('one'))).toBe(true)
    expect(await createMark(directory, FILES_CLAIM, Buffer.from('two'))).toBe(false)
    const second = createMark(directory, VERSIONS_CLAIM, Buffer.from('three'))
    await expect(second).rejects.toMatchObject({ code: 'FS-FORMAT-001' })
    await assertNoRival(directory, FILES_CLAIM)
    expect(await readFile(`${path}/.files.json`, 'utf8')).toBe('one')
  })
})

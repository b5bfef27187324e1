import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { interceptedDisk } from '../../../support/intercepted-disk.js'
import { tempDirectory } from '../../../support/temp.js'

/** A storage that keeps three versions, and the names in the directory of those of a key. */
async function keeping(): Promise<{
  readonly path: string
  readonly files: FileStorage
  kept(...directory: readonly string[]): Promise<string[]>
}> {
  const path = await tempDirectory()
  const files = await FileStorage.open({ storageDir: path, keepVersions: 3 })
  const kept = async (...directory: readonly string[]): Promise<string[]> =>
    (await readdir(join(path, '.versions', ...directory))).sort()
  return { path, files, kept }
}

describe('the versions of files in a directory', () => {
  it('are plain files below .versions, payload and document as they were', async () => {
    const { path, files, kept } = await keeping()
    await files.store('models/m.txt', 'one')
    const document = await readFile(join(path, '.meta', 'models', 'm.txt.json'))
    const { etag } = (await files.stat('models/m.txt')) ?? {}
    await files.store('models/m.txt', 'two '.repeat(1000))
    await files.store('models/m.txt', 'three')
    const names = await kept('models', 'm.txt~d')
    expect(names.map((name) => name.replace(/^\d{15}-[0-9a-f]{32}/, ''))).toEqual([
      '~f',
      '~f.json',
      '~f.gz',
      '~f.json',
    ])
    const [payload = '', record = ''] = names.map((name) =>
      join(path, '.versions', 'models', 'm.txt~d', name),
    )
    expect(payload).toContain(`-${etag}~f`)
    expect(await readFile(payload, 'utf8')).toBe('one')
    expect(await readFile(record)).toEqual(document)
    await files.close()
  })

  it('are kept by every process as soon as one has set it, and as the last one has', async () => {
    const { path, files } = await keeping()
    await using other = await FileStorage.open({ storageDir: path })
    await other.store('k', 'one')
    await other.store('k', 'two')
    expect(await files.history('k')).toHaveLength(2)
    await using third = await FileStorage.open({ storageDir: path, keepVersions: 0 })
    await files.store('k', 'three')
    await third.delete('k')
    expect(await other.history('k')).toHaveLength(1)
    await files.close()
  })

  it('begin with the first change after the setting, in a storage that was open before it', async () => {
    const path = await tempDirectory()
    await using before = await FileStorage.open({ storageDir: path })
    await before.store('k', 'one')
    await before.store('k', 'two')
    await using setting = await FileStorage.open({ storageDir: path, keepVersions: 1 })
    await before.store('k', 'three')
    expect(await setting.history('k')).toHaveLength(2)
    await using reader = await FileStorage.open({ storageDir: path, readOnly: true })
    expect(await reader.history('k')).toHaveLength(2)
  })

  it('are read a few at a time, however many there are', async () => {
    let underWay = 0
    let most = 0
    const disk = interceptedDisk((real) => ({
      readHot: () => undefined,
      read: async (...asked) => {
        most = Math.max(most, ++underWay)
        try {
          return await real.read(...asked)
        } finally {
          underWay--
        }
      },
    }))
    const path = await tempDirectory()
    await using files = await FileStorage.open({ storageDir: path, keepVersions: 100, disk })
    for (let at = 0; at < 60; at++) await files.store('k', at)
    most = 0
    expect(await files.history('k')).toHaveLength(60)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(16)
  })

  it('lack a file whose payload is gone, which does not keep the key from being stored', async () => {
    const { path, files } = await keeping()
    const warnings: string[] = []
    const stop = subscribe('warning', ({ code }) => void warnings.push(code))
    await files.store('k.txt', 'one')
    await rm(join(path, 'k.txt'))
    await files.store('k.txt', 'two')
    await writeFile(join(path, 'k.txt'), 'tw')
    await files.store('k.txt', 'three')
    stop()
    expect(warnings).toEqual(['version-not-kept', 'version-not-kept'])
    expect(await files.history('k.txt')).toHaveLength(1)
    expect((await files.verify()).strays).toEqual([])
    await files.close()
  })

  it('belong to the storage, and what else is beside them does not', async () => {
    const { path, files, kept } = await keeping()
    for (const text of ['one', 'two', 'three']) await files.store('a/k', text)
    const long = 'é'.repeat(400)
    for (const text of ['one', 'two']) await files.store(`A.b/${long}`, text)
    expect(await files.verify()).toMatchObject({ problems: [], strays: [], versions_checked: 3 })
    const directory = ['a', 'k']
    const [payload = '', document = ''] = await kept(...directory)
    await rm(join(path, '.versions', ...directory, document))
    await writeFile(join(path, '.versions', ...directory, 'other'), 'x')
    await writeFile(join(path, '.versions', 'a', 'k~f.json'), 'x')
    const { strays } = await files.verify()
    const at = (name: string): string => ['.versions', ...directory, name].join('/')
    expect(strays).toEqual([
      { path: at(payload), kind: 'payload-without-document', key: 'a/k' },
      { path: at('other'), kind: 'foreign-file' },
      { path: '.versions/a/k~f.json', kind: 'foreign-file' },
    ])
    const repaired = await files.verify({ repair: true })
    expect(repaired.strays.filter(({ quarantined }) => quarantined !== undefined)).toHaveLength(1)
    expect(await kept(...directory)).not.toContain(payload)
    await files.close()
  })

  it('are removed with their damaged documents, when it is their turn', async () => {
    const { path, files, kept } = await keeping()
    for (const text of ['one', 'two']) await files.store('k', text)
    const [, document = ''] = await kept('k')
    await writeFile(join(path, '.versions', 'k', document), 'damaged')
    expect((await files.verify()).problems).toMatchObject([{ key: 'k', reason: 'document' }])
    expect(await files.history('k')).toHaveLength(1)
    expect(await files.pruneVersions({ keepVersions: 0 })).toBe(1)
    expect((await readdir(path)).includes('.versions')).toBe(false)
    await files.close()
  })

  it('stay where they are when a commit fails, as the file does', async () => {
    const { path, files, kept } = await keeping()
    await files.store('k.txt', 'one')
    const etag = (await files.stat('k.txt'))?.etag
    await expect(
      files.storeStream(
        'k.txt',
        (async function* () {
          yield await Promise.resolve(Buffer.from('two'))
          throw new Error('broken')
        })(),
      ),
    ).rejects.toThrow('broken')
    expect((await files.stat('k.txt'))?.etag).toBe(etag)
    expect((await readdir(path)).includes('.versions')).toBe(false)
    await files.store('k.txt', 'two')
    expect(await kept('k.txt~d')).toHaveLength(2)
    await files.close()
  })
})

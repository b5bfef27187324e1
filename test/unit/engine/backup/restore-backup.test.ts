import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { restoreBackup } from '../../../../src/engine/backup/backups.js'
import { digests, storedFiles } from '../../../support/backup-reader.mjs'
import { bytes, placesOf, type Places } from './support.js'

/** Where the content of a file of the last backup is. */
async function contentOf({ to }: Places, path: string): Promise<string> {
  const last =
    (await readdir(to))
      .filter((name) => /^\d/.test(name))
      .sort()
      .at(-1) ?? ''
  return join(to, last, 'files', path)
}

describe.each(['native', 'portable'] as const)('a restore through the %s disk', (disk) => {
  it('makes a store with the files of the last backup, and no journal', async () => {
    const { directory, path, to, place } = await placesOf({ disk })
    await directory.backup(to)
    const report = await DurableDirectory.restore(to, { to: place, disk })
    expect(report).toMatchObject({ backup: 1, files: 5, lsn: directory.lsn, damaged: [] })
    expect(digests(storedFiles(place))).toEqual(digests(storedFiles(path)))
    expect((await readdir(place)).sort()).toEqual(['.holdfast.json', 'a', 'empty', 'long'])
    await using restored = await DurableDirectory.open(place, { disk, create: false })
    await restored.commit([{ kind: 'create', path: 'later', bytes: bytes('later') }])
    expect(Buffer.from((await restored.read('a/one.txt')) ?? [])).toEqual(Buffer.from('one'))
  })
})

describe('which backup is restored', () => {
  it('is chosen by its number, or by a time', async () => {
    const { directory, to, place } = await placesOf()
    const first = await directory.backup(to)
    await directory.commit([{ kind: 'replace', path: 'a/one.txt', bytes: bytes('ONE') }])
    await new Promise((resolve) => setTimeout(resolve, 5))
    const second = await directory.backup(to)
    const restored = async (backup: number | string | Date): Promise<string | undefined> => {
      await DurableDirectory.restore(to, { to: place, backup })
      const content = storedFiles(place).get('a/one.txt')?.toString()
      await rm(place, { recursive: true })
      return content
    }
    expect(await restored(1)).toBe('one')
    expect(await restored(2)).toBe('ONE')
    expect(await restored(first.at)).toBe('one')
    expect(await restored(new Date(Date.parse(second.at) - 1))).toBe('one')
    expect(await restored(new Date())).toBe('ONE')
    await expect(restored(3)).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'no_backup', entries: 2 },
    })
    await expect(restored('2001-01-01')).rejects.toThrow('there are 2, from 1 (')
  })

  it('is not known where no manifest can be read, and the error has the reason', async () => {
    const { directory, to, place } = await placesOf()
    await directory.backup(to)
    const [name = ''] = (await readdir(to)).filter((one) => /^\d/.test(one))
    await writeFile(join(to, name, 'manifest.jsonl'), 'cut off')
    const failed = DurableDirectory.restore(to, { to: place, backup: new Date() })
    await expect(failed).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'no_backup' },
      cause: { name: 'FormatError' },
    })
  })
})

describe('a damaged backup', () => {
  it.each([
    ['size', 'long', 'x'],
    ['content', 'a/one.txt', 'eno'],
  ])('is refused by the name of the file (%s), and leaves nothing', async (_, path, damage) => {
    const places = await placesOf()
    const { directory, to, place } = places
    await directory.backup(to)
    await writeFile(await contentOf(places, path), damage)
    const failed = DurableDirectory.restore(to, { to: place })
    await expect(failed).rejects.toMatchObject({ code: 'FS-LOAD-001', context: { path } })
    await expect(failed).rejects.toThrow('allowDamaged')
    expect(await readdir(place)).toEqual([])
  })

  it('is restored without its damaged files when that is allowed', async () => {
    const places = await placesOf()
    const { directory, to, place } = places
    await directory.backup(to)
    await writeFile(await contentOf(places, 'long'), 'x')
    await rm(await contentOf(places, 'empty'))
    const report = await DurableDirectory.restore(to, { to: place, allowDamaged: true })
    expect([...report.damaged].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: 'empty', backup: 1, reason: 'missing' },
      { path: 'long', backup: 1, reason: 'size' },
    ])
    expect(report.files).toBe(3)
    expect([...storedFiles(place).keys()].sort()).toEqual([
      '.holdfast.json',
      'a/b/two.txt',
      'a/one.txt',
    ])
  })

  it('is refused when a backup that it continues is missing', async () => {
    const { directory, to, place } = await placesOf()
    const first = await directory.backup(to)
    await directory.backup(to)
    await rm(first.path, { recursive: true })
    await expect(DurableDirectory.restore(to, { to: place })).rejects.toMatchObject({
      code: 'FS-LOAD-001',
      message: expect.stringContaining('Backup 2 continues backup 1, which is missing') as string,
    })
  })
})

describe('the new place', () => {
  it('must be missing or empty: nothing is overwritten', async () => {
    const { directory, path, to, place } = await placesOf()
    await directory.backup(to)
    await mkdir(place)
    await writeFile(join(place, 'mine'), 'mine')
    await expect(DurableDirectory.restore(to, { to: place })).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'not_empty', entry: 'mine' },
    })
    expect(await readdir(place)).toEqual(['mine'])
    await expect(DurableDirectory.restore(to, { to: path })).rejects.toThrow('is not empty')
    const overlap = { code: 'FS-FORMAT-001', context: { reason: 'overlap' } }
    const inside = DurableDirectory.restore(to, { to: join(to, 'inside') })
    await expect(inside).rejects.toMatchObject(overlap)
  })

  it('may be empty but for what a file system puts there', async () => {
    const { directory, to, place } = await placesOf()
    await directory.backup(to)
    await mkdir(join(place, 'lost+found'), { recursive: true })
    await DurableDirectory.restore(to, { to: place })
    expect(await readdir(place)).toContain('lost+found')
  })

  it('is not a store while a restore has not ended, and the restore can be made again', async () => {
    const { directory, to, place, path } = await placesOf()
    await directory.backup(to)
    // As a killed restore of another backup leaves it.
    await mkdir(join(place, 'old'), { recursive: true })
    await writeFile(join(place, 'old', 'file'), 'half')
    await writeFile(join(place, 'holdfast-restore.json'), '{}')
    await expect(DurableDirectory.open(place)).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'not_empty' },
    })
    await DurableDirectory.restore(to, { to: place })
    expect(digests(storedFiles(place))).toEqual(digests(storedFiles(path)))
  })
})

it('restores the files that are chosen, of the kind of store that is asked for', async () => {
  const { directory, to, place } = await placesOf()
  await directory.backup(to)
  const choose = async (
    read: (path: string) => Promise<Uint8Array | undefined>,
  ): Promise<(path: string) => boolean> => {
    const content = Buffer.from((await read('a/one.txt')) ?? []).toString()
    expect(await read('missing')).toBeUndefined()
    return (path) => path === content || path.startsWith('a/')
  }
  const report = await restoreBackup(to, { to: place }, { choose, kind: 'directory' })
  expect(report.files).toBe(2)
  expect([...storedFiles(place).keys()].sort()).toEqual(['a/b/two.txt', 'a/one.txt'])
  await expect(restoreBackup(to, { to: place }, { kind: 'versions' })).rejects.toMatchObject({
    code: 'FS-FORMAT-001',
    context: { reason: 'other_kind', holds: 'directory' },
  })
})

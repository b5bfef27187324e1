import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { resolveSourceOptions } from '../../../../src/engine/backup/backup-options.js'
import {
  isIncidental,
  namesIn,
  diskOf,
  openBackups,
  openDestination,
  readMark,
} from '../../../../src/engine/backup/backup-place.js'
import { tempDirectory } from '../../../support/temp.js'
import { placesOf } from './support.js'

const OPTIONS = resolveSourceOptions({}, 'test')
const OVERLAP = { code: 'FS-FORMAT-001', context: { reason: 'overlap' } }
const STORE = { kind: 'directory', created_at: '2026-11-29T00:00:00.000Z' }

describe('the place of backups', () => {
  it('is made and marked when it is missing or empty, and found again', async () => {
    const root = await tempDirectory()
    for (const name of ['missing/below', 'empty']) {
      if (name === 'empty') await mkdir(join(root, name))
      const to = join(root, name)
      await (await openDestination(to, join(root, 'store'), STORE, OPTIONS)).close()
      expect((await readdir(to)).sort()).toEqual(['holdfast-backup.json', 'holdfast-backup.lock'])
      await (await openDestination(to, join(root, 'store'), STORE, OPTIONS)).close()
      const volume = await openBackups(to, OPTIONS)
      expect(await readMark(volume)).toEqual(STORE)
      await volume.close()
    }
  })

  it('is refused untouched when it holds something else', async () => {
    const { directory, to } = await placesOf()
    await mkdir(to)
    await writeFile(join(to, 'mine'), 'mine')
    await expect(directory.backup(to)).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'not_empty', entry: 'mine' },
    })
    expect(await readdir(to)).toEqual(['mine'])
    await (await DurableDirectory.open(join(to, 'store'))).close()
    await expect(directory.backup(join(to, 'store'))).rejects.toMatchObject({
      context: { reason: 'not_empty' },
    })
  })

  it('is refused when it has the backups of another store, or of a newer format', async () => {
    const [one, other] = [await placesOf(), await placesOf()]
    await one.directory.backup(one.to)
    await expect(other.directory.backup(one.to)).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'other_store' },
    })
    await mkdir(other.to)
    const mark = { format: 'holdfast-backup', format_version: 2 }
    await writeFile(join(other.to, 'holdfast-backup.json'), JSON.stringify(mark))
    await expect(other.directory.backup(other.to)).rejects.toMatchObject({
      context: { reason: 'format' },
    })
  })

  it('is refused where it overlaps with the store', async () => {
    const { directory, path } = await placesOf()
    for (const to of [path, join(path, 'backups'), join(path, '..')])
      await expect(directory.backup(to)).rejects.toMatchObject(OVERLAP)
  })

  it('is refused where a link leads into the store', async () => {
    const { directory, path } = await placesOf()
    await symlink(path, `${path}-link`)
    await expect(directory.backup(join(`${path}-link`, 'new'))).rejects.toMatchObject(OVERLAP)
  })

  it('is for one backup at a time', async () => {
    const root = await tempDirectory()
    const [to, from] = [join(root, 'to'), join(root, 'from')]
    const first = await openDestination(to, from, STORE, OPTIONS)
    await expect(openDestination(to, from, STORE, OPTIONS)).rejects.toMatchObject({
      code: 'FS-LOCK-001',
    })
    await first.close()
    await (await openDestination(to, from, STORE, OPTIONS)).close()
  })

  it('whose mark is empty is named for that', async () => {
    const { directory, to } = await placesOf()
    await directory.backup(to)
    await writeFile(join(to, 'holdfast-backup.json'), '')
    await expect(openBackups(to, OPTIONS)).rejects.toThrow(/its 'holdfast-backup.json' is empty/)
  })

  it('is empty when it has only what file systems put there', async () => {
    const root = await tempDirectory()
    await mkdir(join(root, 'lost+found'))
    expect(await namesIn(diskOf(OPTIONS), root, OPTIONS)).toEqual([])
    expect(await namesIn(diskOf(OPTIONS), join(root, 'missing'), OPTIONS)).toBeUndefined()
    expect(isIncidental('lost+found')).toBe(true)
    expect(isIncidental('prompts')).toBe(false)
  })
})

import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chainTo, findBackups, foldChain } from '../../../../src/engine/backup/backup-chain.js'
import { BackupContents, releaseContents } from '../../../../src/engine/backup/backup-contents.js'
import { openBackups } from '../../../../src/engine/backup/backup-place.js'
import { resolveSourceOptions } from '../../../../src/engine/backup/backup-options.js'
import { DiskError } from '../../../../src/disk/disk-error.js'
import { interceptedDisk } from '../../../support/intercepted-disk.js'
import { placesOf } from './support.js'

it('reads each content, checked against the manifest: short ones whole, long ones open', async () => {
  const { directory, to } = await placesOf()
  const { path } = await directory.backup(to)
  const volume = await openBackups(to, resolveSourceOptions({}, 'test'))
  try {
    const { backups } = await findBackups(volume)
    const state = await foldChain(chainTo(backups, 1))
    const contents = new BackupContents(volume, backups)
    const files = ['a/one.txt', 'long', 'empty'].map((name) => {
      const file = state.get(name)
      if (file === undefined) throw new Error(name)
      return file
    })
    const [one, long, empty] = await contents.read(files)
    expect(one).toEqual({ bytes: new Uint8Array(Buffer.from('one')) })
    expect(long).toMatchObject({ file: { bytes: 400_000 } })
    expect(empty).toEqual({ bytes: new Uint8Array(0) })
    await releaseContents([one, long, empty].filter((found) => found !== undefined))
    expect(contents.pathOf(files[0] as never)).toContain('/files/a/one.txt')

    await writeFile(join(path, 'files/a/one.txt'), 'eno')
    await writeFile(join(path, 'files/long'), new Uint8Array(400_000).fill(8))
    await rm(join(path, 'files/empty'))
    expect(await contents.read(files)).toEqual([
      { damage: 'content' },
      { damage: 'content' },
      { damage: 'missing' },
    ])
    expect(await contents.damageOf(files[1] as never)).toEqual({ damage: 'content' })
  } finally {
    await volume.close()
  }
})

describe('a content that the disk does not give', () => {
  const answering = (code: string) =>
    interceptedDisk((real) => ({
      readMany: async (paths) => {
        const failures = paths.map((path) => new DiskError(code, 'openat', path))
        return await Promise.resolve(failures)
      },
      openFile: async (path) =>
        path.includes('/files/')
          ? await Promise.reject(new DiskError(code, 'openat', path))
          : await real.openFile(path),
    }))

  it('is unreadable if that is known of the file, and is otherwise not read at all', async () => {
    const { directory, to } = await placesOf()
    await directory.backup(to)
    for (const [code, isKnown] of [
      ['EIO', true],
      ['EACCES', true],
      ['EMFILE', false],
      ['ENOMEM', false],
      ['ETIMEDOUT', false],
      ['ESTALE', false],
    ] as const) {
      const volume = await openBackups(to, resolveSourceOptions({ disk: answering(code) }, 'test'))
      try {
        const { backups } = await findBackups(volume)
        const [file] = (await foldChain(chainTo(backups, 1))).values()
        if (file === undefined) throw new Error('The backup is empty')
        const contents = new BackupContents(volume, backups)
        const damage = { damage: 'unreadable', cause: { code } }
        if (isKnown) {
          expect(await contents.read([file])).toMatchObject([damage])
          expect(await contents.damageOf(file)).toMatchObject(damage)
        } else {
          await expect(contents.read([file])).rejects.toMatchObject({ code })
          await expect(contents.damageOf(file)).rejects.toMatchObject({ code })
        }
      } finally {
        await volume.close()
      }
    }
  })
})

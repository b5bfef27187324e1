import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'

describe('files in a directory', () => {
  it('are backed up while they are stored, and restored with their documents', async () => {
    const root = await tempDirectory()
    await using files = await FileStorage.open({ storageDir: join(root, 'files') })
    await files.store('a/one.json', { one: 1 }, { owner: 'Ada' })
    const to = join(root, 'backups')
    const work = { isDone: false }
    const storing = (async () => {
      // Payload and document change together, with contents in the journal and beside it.
      for (let n = 1; !work.isDone; n++)
        await files.store('changing', `${n} `.repeat((n % 3) * 90_000 + 1))
    })()
    for (let turn = 0; turn < 6; turn++) await files.backup(to)
    work.isDone = true
    await storing
    for (let backup = 1; backup <= 6; backup++) {
      const place = join(root, `restored-${backup}`)
      await FileStorage.restore(to, { to: place, backup })
      await using restored = await FileStorage.open({ storageDir: place, create: false })
      expect(await restored.retrieve('a/one.json')).toEqual({ one: 1 })
      expect(await restored.stat('a/one.json')).toMatchObject({ metadata: { owner: 'Ada' } })
      expect(await restored.verify()).toMatchObject({ problems: [], strays: [] })
    }
  })

  it('are not those of a store of versions', async () => {
    const root = await tempDirectory()
    await using files = await FileStorage.open({ storageDir: join(root, 'files') })
    await files.backup(join(root, 'backups'))
    const wrong = FileSystemStorage.restore(join(root, 'backups'), { to: join(root, 'to') })
    await expect(wrong).rejects.toMatchObject({ context: { reason: 'other_kind', holds: 'files' } })
  })
})

it('refuses to back up files that are not in a directory, and says what to do', async () => {
  await using files = await FileStorage.open({ backend: 'memory' })
  await expect(files.backup(join(await tempDirectory(), 'backups'))).rejects.toThrow(
    'protect a bucket by its versioning',
  )
})

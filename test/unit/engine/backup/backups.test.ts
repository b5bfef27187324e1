import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  listBackups,
  restoreBackup,
  verifyBackups,
  withRestored,
} from '../../../../src/engine/backup/backups.js'
import { storedFiles } from '../../../support/backup-reader.mjs'
import { placesOf } from './support.js'

it('lists, verifies and restores backups', async () => {
  const { directory, to, place } = await placesOf()
  await directory.backup(to)
  expect(await listBackups(to)).toMatchObject([{ sequence: 1, files: 5 }])
  expect(await verifyBackups(to)).toMatchObject({ ok: true, checked_files: 5 })
  expect(await restoreBackup(to, { to: place })).toMatchObject({ path: place, files: 5 })
})

it('restores for some work alone', async () => {
  const { directory, to } = await placesOf()
  await directory.backup(to)
  const path = await withRestored(to, {}, {}, async (restored) => {
    expect(storedFiles(restored.path).get('a/one.txt')?.toString()).toBe('one')
    return await Promise.resolve(restored.path)
  })
  expect(existsSync(path)).toBe(false)
})

it('gives every failure its code', async () => {
  const { directory, path } = await placesOf()
  for (const call of [listBackups, verifyBackups])
    await expect(call(join(path, 'a'))).rejects.toMatchObject({ code: 'FS-FORMAT-001' })
  await expect(verifyBackups('' as never)).rejects.toThrow(TypeError)
  const refusal = { code: 'FS-FORMAT-001', context: { reason: 'not_a_directory' } }
  const [file, free] = [join(path, 'a/one.txt'), join(path, 'free')]
  for (const one of [file, join(file, 'below')]) {
    for (const call of [listBackups, verifyBackups])
      await expect(call(one)).rejects.toMatchObject(refusal)
    await expect(restoreBackup(one, { to: free })).rejects.toMatchObject(refusal)
    await expect(directory.backup(one)).rejects.toMatchObject({ code: 'FS-FORMAT-001' })
  }
})

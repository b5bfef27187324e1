import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { chooseDisk } from '../../../../src/disk/choose-disk.js'
import { removeTree } from '../../../../src/engine/backup/remove-tree.js'
import { resolveSourceOptions } from '../../../../src/engine/backup/backup-options.js'
import { tempDirectory } from '../../../support/temp.js'

async function tree(): Promise<string> {
  const root = await tempDirectory()
  await mkdir(join(root, 'gone', 'below'), { recursive: true })
  await mkdir(join(root, 'kept'))
  await writeFile(join(root, 'kept', 'file'), 'kept')
  await writeFile(join(root, 'gone', 'below', 'file'), 'gone')
  return root
}

async function expectRemoved(root: string): Promise<void> {
  const options = { ...resolveSourceOptions({}, 'test'), create: false }
  const volume = await chooseDisk('auto').openVolume(root, options)
  await removeTree(volume, 'gone')
  await removeTree(volume, 'missing')
  await volume.close()
  expect((await readdir(root)).filter((name) => !name.startsWith('.'))).toEqual(['kept'])
  expect(await readFile(join(root, 'kept', 'file'), 'utf8')).toBe('kept')
}

it('removes a directory with all in it, and nothing beside it', async () => {
  await expectRemoved(await tree())
})

it('removes of links the links alone', async () => {
  const root = await tree()
  await symlink(join(root, 'kept'), join(root, 'gone', 'link'))
  await expectRemoved(root)
})

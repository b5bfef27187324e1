import { spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DiskError } from '../../../../src/disk/disk-error.js'
import type { FoundContent } from '../../../../src/engine/backup/backup-contents.js'
import { resolveRestoreOptions } from '../../../../src/engine/backup/backup-options.js'
import { NewPlace } from '../../../../src/engine/backup/new-place.js'
import type { BackedUpFile } from '../../../../src/format/backup-manifest.js'
import { interceptedDisk } from '../../../support/intercepted-disk.js'
import { tempDirectory } from '../../../support/temp.js'
import { bytes } from './support.js'

const file = (path: string): BackedUpFile => ({
  path,
  bytes: path.length,
  sha256: hash('sha256', path),
  run: 1,
})

it('writes the marks last, that of the engine after all others', async () => {
  const to = await tempDirectory()
  const seen: string[][] = []
  const contents = {
    pathOf: ({ path }: BackedUpFile) => path,
    read: async (files: readonly BackedUpFile[]): Promise<FoundContent[]> => {
      seen.push(files.map(({ path }) => path))
      // What is there when the contents of the marks are asked for.
      if (seen.length === 2) seen.push((await readdir(to)).sort())
      return files.map(({ path }) => ({ bytes: bytes(path) }))
    },
  }
  const options = resolveRestoreOptions({ to })
  const place = await NewPlace.open(to, options)
  const files = ['.holdfast.json', 'a', '.metadata.json', '.trash/x'].map(file)
  expect(await place.fill(files, contents as never, options)).toEqual([])
  await place.close()
  expect(seen).toEqual([
    ['a', '.trash/x'],
    ['.metadata.json', '.holdfast.json'],
    ['.tmp', '.trash', 'a', 'holdfast-restore.json'],
  ])
  expect((await readdir(to)).sort()).toEqual(['.holdfast.json', '.metadata.json', '.trash', 'a'])
})

it('is also one that a portable disk could not leave as it had found it', async () => {
  const to = await tempDirectory()
  const options = resolveRestoreOptions({ to, disk: 'portable' })
  const first = await NewPlace.open(to, options)
  const owner = JSON.parse(await readFile(join(to, '.owner'), 'utf8')) as object
  await first.close()
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const ended = { ...owner, pid }
  await writeFile(join(to, '.owner'), JSON.stringify(ended))
  const contents = {
    pathOf: ({ path }: BackedUpFile) => path,
    read: async (files: readonly BackedUpFile[]): Promise<FoundContent[]> =>
      await Promise.resolve(files.map(({ path }) => ({ bytes: bytes(path) }))),
  }
  const place = await NewPlace.open(to, options)
  await place.fill([file('.holdfast.json'), file('a')], contents as never, options)
  await place.close()
  expect((await readdir(to)).sort()).toEqual(['.holdfast.json', 'a'])
})

it.each(['a', '.metadata.json', '.holdfast.json'])(
  'holds no store, or all of it, if the write of %s returns after it was given up',
  async (slow) => {
    const to = await tempDirectory()
    let late: () => Promise<void> = async () => await Promise.resolve()
    let isSlow = true
    const disk = interceptedDisk((real) => ({
      write: async (path, ...given) => {
        if (path !== slow || !isSlow) return await real.write(path, ...given)
        late = async () => await real.write(path, ...given)
        throw new DiskError('ETIMEDOUT', 'write', path)
      },
    }))
    const options = resolveRestoreOptions({ to, disk })
    const contents = {
      pathOf: ({ path }: BackedUpFile) => path,
      read: async (files: readonly BackedUpFile[]): Promise<FoundContent[]> =>
        await Promise.resolve(files.map(({ path }) => ({ bytes: bytes(path) }))),
    }
    const files = (): BackedUpFile[] => ['.holdfast.json', '.metadata.json', 'a'].map(file)
    const first = await NewPlace.open(to, options)
    const filling = first.fill(files(), contents as never, options)
    await expect(filling).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await late()
    await first.close()
    const names = await readdir(to)
    if (names.includes('.holdfast.json')) {
      expect(names).toEqual(expect.arrayContaining(['.metadata.json', 'a']))
      return
    }
    isSlow = false
    const second = await NewPlace.open(to, options)
    await second.fill(files(), contents as never, options)
    await second.close()
    expect((await readdir(to)).sort()).toEqual(['.holdfast.json', '.metadata.json', 'a'])
  },
)

import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { DiskError } from '../../../src/disk/disk-error.js'
import { tempDirectory } from '../../support/temp.js'
import { withTemporaryDirectory } from '../../../src/disk/temporary-directory.js'

it('is there for the work, and gone afterwards, also when that fails', async () => {
  const places: string[] = []
  const used = await withTemporaryDirectory(async (directory) => {
    places.push(directory)
    await mkdir(join(directory, 'inner'))
    await writeFile(join(directory, 'inner', 'file'), 'x')
    return existsSync(join(directory, 'inner', 'file'))
  })
  expect(used).toBe(true)
  const failed = withTemporaryDirectory(async (directory) => {
    places.push(directory)
    await Promise.reject(new Error('no'))
  })
  await expect(failed).rejects.toThrow('no')
  expect(places.map((place) => existsSync(place))).toEqual([false, false])
  expect(new Set(places).size).toBe(2)
})

it('is made beside something, with the directories above it', async () => {
  const root = await tempDirectory()
  await withTemporaryDirectory(
    async (directory) => {
      expect(dirname(directory)).toBe(join(root, 'above'))
      await Promise.resolve()
    },
    join(root, 'above'),
  )
  expect(await readdir(join(root, 'above'))).toEqual([])
})

it('names its path and the reason if it cannot be removed', async () => {
  const root = join(await tempDirectory(), 'above')
  const blocked = withTemporaryDirectory(async () => {
    // The directory above it is a file now.
    await rm(root, { recursive: true })
    await writeFile(root, 'x')
  }, root)
  await expect(blocked).rejects.toBeInstanceOf(DiskError)
  await expect(blocked).rejects.toMatchObject({ code: 'ENOTDIR', syscall: 'rmdir' })
})

import { chmod, mkdir, rename, rm, rmdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DirectoryPlace } from '../../../src/disk/directory-place.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_MODES } from '../../support/windows.js'
import { failure, isRoot } from './support.js'

const TIMEOUT_MS = 5000

async function placeBelow(): Promise<{ readonly path: string; readonly place: DirectoryPlace }> {
  const path = join(await tempDirectory(), 'store')
  await mkdir(path)
  return { path, place: await DirectoryPlace.of(path, TIMEOUT_MS) }
}

describe('the place of a directory', () => {
  it('is held whatever is made in it', async () => {
    const { path, place } = await placeBelow()
    await mkdir(join(path, 'inside'))
    expect(await place.isHeld()).toBe(true)
  })

  it('is lost when the directory is moved away, and held again when it is back', async () => {
    const { path, place } = await placeBelow()
    await rename(path, `${path}-moved`)
    expect(await place.isHeld()).toBe(false)
    await mkdir(path)
    expect(await place.isHeld()).toBe(false)
    await rmdir(path)
    await rename(`${path}-moved`, path)
    expect(await place.isHeld()).toBe(true)
  })

  it('is lost when the link that leads to it leads elsewhere', async () => {
    const { path } = await placeBelow()
    const link = `${path}-link`
    await symlink(path, link, 'junction')
    const place = await DirectoryPlace.of(link, TIMEOUT_MS)
    expect(await place.isHeld()).toBe(true)
    await mkdir(`${path}-other`)
    await rm(link)
    await symlink(`${path}-other`, link, 'junction')
    expect(await place.isHeld()).toBe(false)
  })

  it('cannot be told where the directory may not be read by its path', async ({ skip }) => {
    skip(isWindows, NO_MODES)
    skip(isRoot, 'root may read all directories')
    const { path, place } = await placeBelow()
    await chmod(path, 0o300)
    expect((await failure(place.isHeld())).code).toBe('EACCES')
  })

  it('was never held by a directory that was missing', async () => {
    const path = join(await tempDirectory(), 'missing')
    const place = await DirectoryPlace.of(path, TIMEOUT_MS)
    expect(await place.isHeld()).toBe(false)
    await mkdir(path)
    expect(await place.isHeld()).toBe(false)
  })
})

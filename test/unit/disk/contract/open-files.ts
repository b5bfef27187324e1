import { readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Disk } from '../../../../src/disk/disk.js'
import { modeHere } from '../../../support/modes.js'
import { tempDirectory } from '../../../support/temp.js'
import { besideVolume, failure, openVolume, readable, text } from '../support.js'

const NEW = { replace: false, flush: true }
const OVER = { replace: true, flush: true }

export function openFileContract(makeDisk: () => Disk): void {
  it('reads pieces of the file that was opened, whatever takes its name meanwhile', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.write('d/file', text('first version'), NEW)
    const file = await volume.openFile('d/file')
    await volume.write('d/file', text('second'), OVER)
    expect(file?.bytes).toBe(13)
    expect(readable(await file?.read(6, 4))).toBe('vers')
    expect(readable(await file?.read(10, 1000))).toBe('ion')
    expect(await file?.read(13, 10)).toHaveLength(0)
    expect(await file?.read(5000, 10)).toHaveLength(0)
    await volume.remove('d/file')
    expect(readable(await file?.read(0, 5))).toBe('first')
    await file?.close()
    await file?.close()
    expect((await failure(file?.read(0, 1) ?? Promise.resolve())).code).toBe('EBADF')
  })

  besideVolume(makeDisk)(
    'opens no file that is absent, no directory, and nothing through a link',
    async () => {
      const directory = await tempDirectory()
      const outside = await tempDirectory()
      const volume = await openVolume(makeDisk(), directory)
      await volume.write('d/file', text('x'), NEW)
      await symlink(outside, join(directory, 'link'))
      await symlink(join(directory, 'd/file'), join(directory, 'alias'))
      expect(await volume.openFile('absent')).toBeUndefined()
      expect(await volume.openFile('no/such/file')).toBeUndefined()
      expect((await failure(volume.openFile('d'))).code).toBe('EISDIR')
      expect((await failure(volume.openFile('alias'))).code).toBe('ELOOP')
      expect((await failure(volume.createFile('link/new'))).code).toMatch(/ELOOP|ENOTDIR/)
      expect((await failure(volume.openFile('../d/file'))).code).toBe('EINVAL')
      expect(await readdir(outside)).toEqual([])
    },
  )

  it('writes a new file piece by piece, and never one that is there', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    const file = await volume.createFile('d/e/new')
    expect((await failure(volume.createFile('d/e/new'))).code).toBe('EEXIST')
    const pieces = [0, 1, 70_000, 3].map((length, at) => new Uint8Array(length).fill(at))
    for (const piece of pieces) await file.append(piece)
    await file.flush()
    await file.close()
    expect((await failure(file.append(text('x')))).code).toBe('EBADF')
    expect((await failure(file.flush())).code).toBe('EBADF')
    const read = await volume.read('d/e/new')
    expect(Buffer.compare(read ?? text(''), Buffer.concat(pieces))).toBe(0)
    expect((await volume.stat('d/e/new'))?.mode).toBe(modeHere(0o600))
  })

  it('closes open files with the volume', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.write('file', text('x'), NEW)
    const file = await volume.openFile('file')
    const written = await volume.createFile('new')
    await volume.close()
    expect((await failure(file?.read(0, 1) ?? Promise.resolve())).code).toBe('EBADF')
    expect((await failure(written.append(text('x')))).code).toBe('EBADF')
  })
}

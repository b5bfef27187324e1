import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Disk } from '../../../../src/disk/disk.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_FIFO } from '../../../support/windows.js'
import { failure, inChild, isRoot, openVolume, readable, text } from '../support.js'
import { mountTmpfs, NEEDS_ROOT } from '../mount.js'

const NEW = { replace: false, flush: false }
const OVER = { replace: true, flush: false }
const UNPRIVILEGED = 65_534

const UNSAFE = ['../x', '/etc/x', 'a/../../x', './x', 'a//x', 'a/', 'nul\0', '.', '..', 'a\\..\\x']

export function hostileContract(kind: 'native' | 'portable', makeDisk: () => Disk): void {
  pathContract(makeDisk)
  wayContract(makeDisk)
  permissionContract(kind, makeDisk)
}

function pathContract(makeDisk: () => Disk): void {
  it.each(UNSAFE)('refuses the unsafe path %j in every operation', async (path) => {
    const parent = await tempDirectory()
    await writeFile(join(parent, 'x'), 'outside')
    const volume = await openVolume(makeDisk(), join(parent, 'volume'))
    await volume.write('file', text('x'), NEW)
    for (const attempt of [
      async () => await volume.read(path),
      async () => await volume.readRange(path, 0, 1),
      async () => await volume.stat(path),
      async () => await volume.list(path),
      async () => await volume.write(path, text('y'), OVER),
      async () => await volume.rename('file', path, { replace: true }),
      async () => await volume.rename(path, 'file', { replace: true }),
      async () => await volume.remove(path),
      async () => await volume.makeDirectory(path),
      async () => await volume.removeDirectory(path),
      async () => await volume.createSegment(path, 4096),
    ]) {
      expect((await failure(attempt())).code).toBe('EINVAL')
    }
    expect(volume.readHot(path)).toBeUndefined()
    expect(await readFile(join(parent, 'x'), 'utf8')).toBe('outside')
    expect(readable(await volume.read('file'))).toBe('x')
  })

  it('says ENAMETOOLONG for a name that the file system cannot hold', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    expect((await failure(volume.write('x'.repeat(300), text('y'), NEW))).code).toBe('ENAMETOOLONG')
  })
}

function wayContract(makeDisk: () => Disk): void {
  it('follows no symbolic link, neither as the file nor on the way to it', async () => {
    const parent = await tempDirectory()
    await mkdir(join(parent, 'outside'))
    await writeFile(join(parent, 'outside', 'secret'), 'secret')
    const volume = await openVolume(makeDisk(), join(parent, 'volume'))
    await symlink('../outside', join(parent, 'volume', 'way'))
    await symlink('../outside/secret', join(parent, 'volume', 'file'))
    for (const attempt of [
      async () => await volume.read('file'),
      async () => await volume.read('way/secret'),
      async () => await volume.readRange('file', 0, 3),
      async () => await volume.stat('way/secret'),
      async () => await volume.list('way'),
      async () => await volume.write('way/new', text('x'), NEW),
      async () => await volume.remove('way/secret'),
      async () => await volume.makeDirectory('way/sub'),
    ]) {
      expect((await failure(attempt())).code).toBe('ELOOP')
    }
    expect(volume.readHot('file')).toBeUndefined()
    expect(await volume.readMany(['file', 'way/secret'])).toMatchObject([
      { code: 'ELOOP' },
      { code: 'ELOOP' },
    ])
    expect(await readFile(join(parent, 'outside', 'secret'), 'utf8')).toBe('secret')
  })

  it('does not wait for the other end of a FIFO', async ({ skip }) => {
    skip(isWindows, NO_FIFO)
    const directory = await tempDirectory()
    const volume = await openVolume(makeDisk(), directory)
    expect(spawnSync('mkfifo', [join(directory, 'fifo')]).status).toBe(0)
    expect((await failure(volume.read('fifo'))).code).toBe('EINVAL')
    expect((await failure(volume.readRange('fifo', 0, 1))).code).toBe('EINVAL')
    expect(volume.readHot('fifo')).toBeUndefined()
    expect(await volume.stat('fifo')).toMatchObject({ kind: 'other' })
    expect((await failure(volume.write('fifo', text('x'), NEW))).code).toBe('EEXIST')
  })

  it('names what is in the way', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.makeDirectory('directory')
    await volume.write('file', text('x'), NEW)
    expect((await failure(volume.read('directory'))).code).toBe('EISDIR')
    expect((await failure(volume.read('file/below'))).code).toBe('ENOTDIR')
    expect((await failure(volume.write('file/below', text('y'), NEW))).code).toBe('ENOTDIR')
    expect((await failure(volume.write('directory', text('y'), NEW))).code).toBe('EEXIST')
    expect((await failure(volume.write('directory', text('y'), OVER))).code).toBe('EISDIR')
    expect((await failure(volume.list('file'))).code).toBe('ENOTDIR')
    expect((await failure(volume.rename('directory', 'x', OVER))).code).toBe('EISDIR')
  })
}

function permissionContract(kind: 'native' | 'portable', makeDisk: () => Disk): void {
  it('says EACCES where another user may not write or read', async ({ skip }) => {
    skip(!isRoot, NEEDS_ROOT)
    const directory = await tempDirectory()
    await mkdir(join(directory, 'closed'))
    await writeFile(join(directory, 'closed', 'file'), 'x')
    await writeFile(join(directory, 'unreadable'), 'x', { mode: 0o600 })
    await chmod(join(directory, 'closed'), 0o755)
    await chown(directory, UNPRIVILEGED, UNPRIVILEGED)
    const answers = await inChild(
      kind,
      `const volume = await disk.openVolume(input[0], options)
      const codes = [
        await failure(volume.write('closed/new', new Uint8Array(1), { replace: false, flush: false })),
        await failure(volume.remove('closed/file')),
        await failure(volume.read('unreadable')),
        await failure(volume.write('open', new Uint8Array(1), { replace: false, flush: false })),
      ]
      await volume.close()
      return codes`,
      { uid: UNPRIVILEGED, input: [directory] },
    )
    expect(answers).toEqual(['EACCES', 'EACCES', 'EACCES', 'no failure'])
    const volume = await openVolume(makeDisk(), directory)
    expect((await volume.list('.tmp')) ?? []).toEqual([])
  })

  it('says ENOSPC on a full disk, keeps what was there, and works again once there is space', async ({
    skip,
  }) => {
    skip(!isRoot, NEEDS_ROOT)
    const directory = await mountTmpfs(await tempDirectory(), 'size=1m')
    const volume = await openVolume(makeDisk(), directory)
    await volume.write('old', text('old'), { replace: false, flush: true })
    const tooBig = new Uint8Array(2 << 20)
    expect((await failure(volume.write('big', tooBig, NEW))).code).toBe('ENOSPC')
    expect((await failure(volume.write('old', tooBig, OVER))).code).toBe('ENOSPC')
    expect((await failure(volume.createSegment('segment', 2 << 20))).code).toBe('ENOSPC')
    expect(readable(await volume.read('old'))).toBe('old')
    expect(await volume.stat('big')).toBeUndefined()
    expect(await volume.stat('segment')).toBeUndefined()
    await volume.write('half', new Uint8Array(1 << 19), NEW)
    const { totalBytes, freeBytes } = await volume.space()
    expect(totalBytes).toBe(1 << 20)
    expect(freeBytes).toBeLessThan(1 << 19)
  })

  it('says EROFS on a read-only file system and reads on', async ({ skip }) => {
    skip(!isRoot, NEEDS_ROOT)
    const directory = await mountTmpfs(await tempDirectory(), 'size=1m')
    const first = await openVolume(makeDisk(), directory)
    await first.write('d/file', text('kept'), NEW)
    await first.close()
    expect(spawnSync('mount', ['-o', 'remount,ro', directory]).status).toBe(0)
    const volume = await openVolume(makeDisk(), directory)
    expect(readable(await volume.read('d/file'))).toBe('kept')
    expect((await failure(volume.write('d/new', text('x'), NEW))).code).toBe('EROFS')
    expect((await failure(volume.remove('d/file'))).code).toBe('EROFS')
    expect(volume.capabilities.readOnly).toBe(true)
    expect(volume.capabilities.warnings).toEqual([expect.stringMatching(/mounted read-only/)])
  })
}

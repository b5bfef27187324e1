import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { tempDirectory } from '../../../support/temp.js'
import { failure, openVolume, readable, text } from '../support.js'

const NEW = { replace: false, flush: false }

/** Every change that a volume can make. */
const CHANGES: Readonly<Record<string, (volume: Volume) => Promise<unknown>>> = {
  write: async (volume) => await volume.write('new', text('x'), NEW),
  createFile: async (volume) => await volume.createFile('new'),
  rename: async (volume) => await volume.rename('file', 'new', { replace: true }),
  remove: async (volume) => await volume.remove('file'),
  makeDirectory: async (volume) => await volume.makeDirectory('new'),
  removeDirectory: async (volume) => await volume.removeDirectory('empty'),
  lock: async (volume) => await volume.lock('.lock', 'shared', { timeoutMs: 0 }),
  createSegment: async (volume) => await volume.createSegment('new', 4096),
  startSegment: async (volume) => await volume.startSegment('file', 'new', new Uint8Array(4096)),
  openCommitter: async (volume) =>
    await volume.openCommitter({ lockPath: '.lock', pagePath: '.shared' }),
}

describe('a volume that was opened to read', () => {
  it.each(Object.entries(CHANGES))('refuses %s and leaves all as it was', async (_, change) => {
    const directory = await tempDirectory()
    const writing = await portableDisk.openVolume(directory, {
      ioTimeoutMs: 5000,
      fileMode: 0o600,
      directoryMode: 0o700,
      create: true,
    })
    await writing.write('file', text('kept'), NEW)
    await writing.makeDirectory('empty')
    await writing.close()
    const before = (await readdir(directory)).sort()
    const volume = await openVolume(portableDisk, directory, { readOnly: true })
    expect((await failure(change(volume))).code).toBe('EROFS')
    expect((await readdir(directory)).sort()).toEqual(before)
    expect(readable(await volume.read('file'))).toBe('kept')
  })
})

describe('closing a volume', () => {
  it('lets what is under way end, and refuses what comes after', async () => {
    const volume = await openVolume(portableDisk, await tempDirectory())
    const writing = volume.write('file', new Uint8Array(1 << 20), { replace: false, flush: true })
    const closing = volume.close()
    await writing
    await closing
    await volume.close()
    expect((await failure(volume.read('file'))).code).toBe('EBADF')
    expect((await failure(volume.write('new', text('x'), NEW))).code).toBe('EBADF')
  })

  it('releases its own locks and files, not those of another volume of the store', async () => {
    const directory = await tempDirectory()
    const [first, second] = [
      await openVolume(portableDisk, directory),
      await openVolume(portableDisk, directory),
    ]
    await first.lock('.one', 'exclusive', { timeoutMs: 0 })
    await second.lock('.two', 'exclusive', { timeoutMs: 0 })
    const file = await first.createFile('file')
    await first.close()
    expect((await failure(file.append(text('x')))).code).toBe('EBADF')
    const third = await openVolume(portableDisk, directory)
    await (await third.lock('.one', 'exclusive', { timeoutMs: 0 })).release()
    const late = await failure(third.lock('.two', 'exclusive', { timeoutMs: 0 }))
    expect(late.code).toBe('ELOCKTIMEOUT')
  })
})

describe('a volume of the portable disk', () => {
  it('makes one lock file for many that ask for it at once, and leaves it', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(portableDisk, directory)
    const asked = Array.from({ length: 8 }, async () => {
      return await volume.lock('d/.lock', 'shared', { timeoutMs: 0 })
    })
    for (const lock of await Promise.all(asked)) await lock.release()
    expect((await stat(join(directory, 'd/.lock'))).size).toBe(0)
  })

  it('has no sign of its own and answers nothing at once', async () => {
    const volume = await openVolume(portableDisk, await tempDirectory())
    await volume.write('file', text('x'), NEW)
    expect([volume.sign, volume.readHot('file')]).toEqual(['', undefined])
    expect((await volume.endedSigns(['native-1-00000000-0123456789abcdef'])).size).toBe(0)
  })
})

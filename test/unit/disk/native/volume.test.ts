import { rename } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { Volume } from '../../../../src/disk/disk.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows } from '../../../support/windows.js'
import { disk } from '../../native/support.js'
import { failure, openVolume, readable, text } from '../support.js'

const NEW = { replace: false, flush: false }
/** Half of a character: C++ would get another name for it, which may be that of a file. */
const ILL_FORMED = 'a\ud800'

const CALLS: Readonly<Record<string, (volume: Volume) => Promise<unknown>>> = {
  read: async (volume) => await volume.read(ILL_FORMED),
  readRange: async (volume) => await volume.readRange(ILL_FORMED, 0, 1),
  openFile: async (volume) => await volume.openFile(ILL_FORMED),
  createFile: async (volume) => await volume.createFile(ILL_FORMED),
  stat: async (volume) => await volume.stat(ILL_FORMED),
  list: async (volume) => await volume.list(ILL_FORMED),
  write: async (volume) => await volume.write(ILL_FORMED, text('x'), NEW),
  'rename from': async (volume) => await volume.rename(ILL_FORMED, 'b', { replace: true }),
  'rename to': async (volume) => await volume.rename('file', ILL_FORMED, { replace: true }),
  remove: async (volume) => await volume.remove(ILL_FORMED),
  flushMany: async (volume) => await volume.flushMany(['file'], [ILL_FORMED]),
}

describe('a path that is not text', () => {
  it.each(Object.entries(CALLS))('is refused by %s, and nothing is done', async (_, call) => {
    const volume = await openVolume(disk(), await tempDirectory())
    await volume.write('file', text('kept'), NEW)
    expect((await failure(call(volume))).code).toBe('EINVAL')
    expect((await volume.list(''))?.map(({ name }) => name)).toContain('file')
  })

  it('is refused alone among many, and is never hot', async () => {
    const volume = await openVolume(disk(), await tempDirectory())
    await volume.write('file', text('kept'), NEW)
    const [first, second] = await volume.readMany([ILL_FORMED, 'file'])
    expect(first).toMatchObject({ code: 'EINVAL' })
    expect(readable(second as Uint8Array)).toBe('kept')
    expect(volume.readHot(ILL_FORMED)).toBeUndefined()
  })
})

describe('a volume of the native disk that is closed', () => {
  it('takes no call, and closes once', async () => {
    const volume = await openVolume(disk(), await tempDirectory())
    await volume.write('file', text('x'), NEW)
    expect(volume.close()).toBe(volume.close())
    await volume.close()
    for (const call of [volume.read('file'), volume.isInPlace(), volume.space()])
      expect((await failure(call)).code).toBe('EBADF')
    expect(volume.readHot('file')).toBeUndefined()
  })

  it('has let end what was under way', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(disk(), directory)
    const bytes = new Uint8Array(1 << 20).fill(7)
    const writing = volume.write('file', bytes, { replace: false, flush: true })
    await volume.close()
    await writing
    const again = await openVolume(disk(), directory)
    expect((await again.read('file'))?.length).toBe(bytes.length)
  })
})

it('a volume says that its directory was moved, and goes on in it', async () => {
  const directory = `${await tempDirectory()}/store`
  const volume = await openVolume(disk(), directory)
  await volume.write('file', text('x'), NEW)
  expect(await volume.isInPlace()).toBe(true)
  await rename(directory, `${directory}-moved`)
  expect(await volume.isInPlace()).toBe(false)
  // Windows moves no directory with an open file in it, as a store has; without one, its names lead nowhere then.
  expect(readable(await volume.read('file'))).toBe(isWindows ? undefined : 'x')
})

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Volume } from '../../../src/disk/disk.js'
import { portableDisk } from '../../../src/disk/portable/portable-disk.js'
import { codedFile, codedFiles, loadFailure } from '../../../src/engine/coded-files.js'
import { JournalOverlay } from '../../../src/engine/journal/overlay.js'
import { create, openVolume, readable, remove, replace, text } from '../disk/support.js'
import { tempDirectory } from '../../support/temp.js'

const DAY_MS = 24 * 3600 * 1000

async function volumeWith(path: string, content: string): Promise<Volume> {
  const volume = await openVolume(portableDisk, await tempDirectory())
  await volume.write(path, text(content), { replace: false, flush: false })
  return volume
}

describe('the files of a store', () => {
  it('fail with a code of Holdfast, which says what could not be done', async () => {
    const volume = await volumeWith('file', 'content')
    const files = codedFiles(volume)
    await mkdir(join(volume.directory, 'dir'))
    await expect(files.read('file', 3)).rejects.toMatchObject({
      code: 'FS-LOAD-002',
      message: expect.stringContaining("Cannot read 'file'"),
      context: { error: 'EFBIG' },
    })
    await expect(files.read('dir')).rejects.toMatchObject({ code: 'FS-LOAD-002' })
    await expect(files.remove('dir')).rejects.toMatchObject({
      code: 'FS-IO-001',
      message: expect.stringContaining("Cannot remove 'dir'"),
    })
    await files.lock('.checkpoint', { timeoutMs: 0 })
    await expect(files.lock('.checkpoint', { timeoutMs: 0 })).rejects.toMatchObject({
      code: 'FS-LOCK-001',
    })
  })

  it('pass on what is missing, and what works', async () => {
    const files = codedFiles(await volumeWith('file', 'content'))
    expect(readable(await files.read('file', 7))).toBe('content')
    expect(await files.read('absent')).toBeUndefined()
    expect(await files.stat('absent')).toBeUndefined()
    expect(await files.list('absent')).toBeUndefined()
    expect([await files.remove('file'), await files.remove('file')]).toEqual([true, false])
    expect(await files.isInPlace()).toBe(true)
  })

  it('refuse a limit that is not one before they reach the disk', async () => {
    const files = codedFiles(await volumeWith('file', 'content'))
    for (const maxBytes of [-1, Number.MAX_SAFE_INTEGER])
      await expect(files.read('file', maxBytes)).rejects.toThrow(RangeError)
    for (const maxBytes of [1.5, '7', null])
      await expect(files.read('file', maxBytes as number)).rejects.toThrow(TypeError)
    const lock = await files.lock('.checkpoint', { timeoutMs: DAY_MS })
    await lock.release()
    const tooLong = files.lock('.checkpoint', { timeoutMs: DAY_MS + 1 })
    await expect(tooLong).rejects.toThrow(
      `Argument "timeoutMs" must be an integer from 0 to ${DAY_MS}, got ${DAY_MS + 1}`,
    )
  })

  it('are those of the journal, where that is newer', async () => {
    const volume = await volumeWith('old', 'before')
    await volume.write('gone', text('x'), { replace: false, flush: false })
    const transactions = [[replace('old', 'after'), remove('gone'), create('dir/new', 'new')]]
    const files = codedFiles(volume, new JournalOverlay([{ lsn: 1, timeMs: 1, transactions }]))
    expect(readable(await files.read('old'))).toBe('after')
    expect(await files.read('gone')).toBeUndefined()
    expect((await files.stat('dir/new'))?.bytes).toBe(3)
    expect((await files.list('dir'))?.map(({ name }) => name)).toEqual(['new'])
    expect((await files.list(''))?.map(({ name }) => name)).not.toContain('gone')
    expect(readable(await volume.read('old'))).toBe('before')
  })
})

describe('an open file', () => {
  it('is read in pieces within its limits, and fails with a code once it is closed', async () => {
    const volume = await volumeWith('file', 'content')
    const opened = await volume.openFile('file')
    if (opened === undefined) throw new Error('no file')
    const file = codedFile(opened, 'file')
    expect(file.bytes).toBe(7)
    expect(readable(await file.read(3, 100))).toBe('tent')
    expect(readable(await file.read(7, 1024 ** 3))).toBe('')
    await expect(file.read(0, 1024 ** 3 + 1)).rejects.toThrow('Argument "length"')
    await expect(file.read(-1, 1)).rejects.toThrow('Argument "offset"')
    await file.close()
    await expect(file.read(0, 1)).rejects.toMatchObject({
      code: 'FS-IO-001',
      context: { error: 'EBADF' },
    })
  })
})

it('names the limit of a read that failed, where it had one', () => {
  expect(loadFailure('a', 9)).toEqual({
    fallback: 'FS-LOAD-002',
    what: "Cannot read 'a'",
    context: { path: 'a', max_bytes: 9 },
  })
  expect(loadFailure('a').context).toEqual({ path: 'a' })
})

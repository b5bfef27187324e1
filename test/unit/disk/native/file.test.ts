import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { disk } from '../../native/support.js'
import { failure, openVolume, readable, text } from '../support.js'

describe('an open file of the native disk', () => {
  it('gets each piece behind the last, and shows them to one that opens it later', async () => {
    const volume = await openVolume(disk(), await tempDirectory())
    const file = await volume.createFile('d/e/file')
    for (const piece of ['one', '', ' two']) await file.append(text(piece))
    await file.flush()
    await file.close()
    const again = await volume.openFile('d/e/file')
    expect(again?.bytes).toBe(7)
    expect(readable(await again?.read(0, 100))).toBe('one two')
    expect(readable(await again?.read(4, 2))).toBe('tw')
    expect(await again?.read(7, 5)).toEqual(new Uint8Array(0))
    await again?.close()
  })

  it('takes no call once it is closed, and lets the one under way end', async () => {
    const volume = await openVolume(disk(), await tempDirectory())
    await volume.write('file', text('content'), { replace: false, flush: false })
    const file = await volume.openFile('file')
    const reading = file?.read(0, 7)
    await file?.close()
    await file?.close()
    expect(readable(await reading)).toBe('content')
    const late = await failure(Promise.resolve(file?.read(0, 1)))
    expect(late).toMatchObject({ code: 'EBADF', syscall: 'read', path: 'file' })
  })

  it('is closed with its volume, and its name is another file’s to have', async () => {
    const volume = await openVolume(disk(), await tempDirectory())
    const file = await volume.createFile('file')
    expect((await failure(volume.createFile('file'))).code).toBe('EEXIST')
    expect(await volume.openFile('missing')).toBeUndefined()
    await volume.close()
    for (const call of [file.append(text('x')), file.flush()])
      expect((await failure(call)).code).toBe('EBADF')
  })
})

import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseDisk } from '../../../src/disk/choose-disk.js'
import { READ_BYTES_MAX } from '../../../src/disk/disk.js'
import { tempDirectory } from '../../support/temp.js'
import { failure, openVolume, text } from './support.js'

describe.each(['native', 'portable'] as const)('the limit of a read on the %s disk', (kind) => {
  it('refuses a longer file before it takes memory for it, and reads parts of it', async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, 'long'), 'begin')
    await writeFile(join(directory, 'short'), 'short')
    await truncate(join(directory, 'long'), READ_BYTES_MAX + 1)
    const volume = await openVolume(chooseDisk(kind), directory)
    const before = process.memoryUsage().arrayBuffers
    const refused = await failure(volume.read('long'))
    expect(refused).toMatchObject({ code: 'EFBIG', phase: 'read', reason: 'too_long' })
    expect(await volume.readMany(['long', 'short'])).toMatchObject([
      { code: 'EFBIG', phase: 'read' },
      text('short'),
    ])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(READ_BYTES_MAX / 2)
    expect(await volume.readRange('long', READ_BYTES_MAX, 10)).toEqual(new Uint8Array(1))
  })

  it('holds for the caller’s own limit: that many bytes and no more', async () => {
    const volume = await openVolume(chooseDisk(kind), await tempDirectory())
    await volume.write('file', new Uint8Array(10), { replace: false, flush: false })
    expect((await volume.read('file', 10))?.length).toBe(10)
    expect((await failure(volume.read('file', 9))).code).toBe('EFBIG')
    expect(volume.readHot('file', 9)).toBeUndefined()
  })
})

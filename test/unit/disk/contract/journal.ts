import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Disk } from '../../../../src/disk/disk.js'
import { crc32c } from '../../../../src/format/crc32c.js'
import { decodeSegmentHeader, encodeSegmentHeader } from '../../../../src/format/frame.js'
import { segmentPath, sparePath } from '../../../../src/format/layout.js'
import { PAGE_BYTES } from '../../../../src/format/page.js'
import { encodeExternal, encodeRecord, OperationKind } from '../../../../src/format/record.js'
import { modeHere } from '../../../support/modes.js'
import { tempDirectory } from '../../../support/temp.js'
import {
  besideVolume,
  create,
  failure,
  openJournal,
  openVolume,
  operation,
  readable,
  remove,
  replace,
  SALT,
  text,
} from '../support.js'

const HEADER = encodeSegmentHeader(
  { sequence: 7, salt: SALT, firstLsn: 3, checkpointLsn: 2, durableThrough: 2, timeMs: 9 },
  crc32c,
)

export function journalContract(makeDisk: () => Disk): void {
  segmentContract(makeDisk)
  redoContract(makeDisk)
  pageContract(makeDisk)
}

function segmentContract(makeDisk: () => Disk): void {
  it('creates a segment of zeros, and only where there is nothing', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    const bytes = (1 << 20) + 8192
    await volume.createSegment('.journal/spare-a.log', bytes)
    const segment = await volume.read('.journal/spare-a.log')
    expect(segment?.length).toBe(bytes)
    expect(segment?.every((byte) => byte === 0)).toBe(true)
    const again = await failure(volume.createSegment('.journal/spare-a.log', 4096))
    expect(again.code).toBe('EEXIST')
    expect((await volume.stat('.journal/spare-a.log'))?.bytes).toBe(bytes)
  })

  besideVolume(makeDisk)('allocates every block of a segment', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(makeDisk(), directory)
    await volume.createSegment('segment', 1 << 20)
    const { blocks } = await stat(join(directory, 'segment'))
    if (!volume.capabilities.copyOnWrite) expect(blocks * 512).toBeGreaterThanOrEqual(1 << 20)
  })

  it('starts a segment: header in place, then the name, never over another', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.createSegment(sparePath('a'), 16_384)
    await volume.startSegment(sparePath('a'), segmentPath(7), HEADER)
    expect(await volume.stat(sparePath('a'))).toBeUndefined()
    const segment = await volume.read(segmentPath(7))
    expect(segment?.length).toBe(16_384)
    expect(decodeSegmentHeader(segment ?? HEADER.slice(0, 0), crc32c)).toMatchObject({
      sequence: 7,
      firstLsn: 3,
    })
    await volume.createSegment(sparePath('b'), 16_384)
    const taken = await failure(volume.startSegment(sparePath('b'), segmentPath(7), HEADER))
    expect(taken.code).toBe('EEXIST')
    const absent = await failure(volume.startSegment(sparePath('c'), segmentPath(8), HEADER))
    expect(absent.code).toBe('ENOENT')
  })
}

function redoContract(makeDisk: () => Disk): void {
  it.each([true, false])(
    'redoes records twice with the same outcome (flush: %s)',
    async (flush) => {
      const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
      await volume.write('a/old', text('wrong'), { replace: false, flush: false })
      await volume.write('gone/below/file', text('x'), { replace: false, flush: false })
      const records = Buffer.concat([
        encodeRecord([create('a/old', 'right'), replace('new/deep/file', 'made')]),
        encodeRecord([remove('gone/below/file'), remove('never/there')]),
      ])
      const before = await volume.stat('a/old')
      for (let round = 0; round < 2; round++) {
        await committer.redo(records, { flush })
        expect(readable(await volume.read('a/old'))).toBe('right')
        expect(readable(await volume.read('new/deep/file'))).toBe('made')
        expect(await volume.stat('gone')).toBeUndefined()
      }
      expect(before?.links).toBe(1)
      expect((await volume.stat('a/old'))?.mode).toBe(modeHere(0o600))
      expect(await volume.list('.tmp')).toEqual([])
    },
  )

  besideVolume(makeDisk)('writes a new inode, even over the same bytes', async () => {
    const directory = await tempDirectory()
    const { volume, committer } = await openJournal(makeDisk(), directory)
    await volume.write('file', text('same'), { replace: false, flush: false })
    // Held open: an inode in use cannot be given out again under the same number.
    const { open } = await import('node:fs/promises')
    const held = await open(join(directory, 'file'))
    await committer.redo(encodeRecord([replace('file', 'same')]), { flush: true })
    const { ino } = await held.stat()
    await held.close()
    expect((await stat(join(directory, 'file'))).ino).not.toBe(ino)
  })

  it('leaves external contents to the caller', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    const content = encodeExternal({
      stagedPath: '.tmp/staged.tmp.big',
      bytes: 3,
      digest: new Uint8Array(32),
    })
    const external = operation(OperationKind.create, 'big', content, true)
    await committer.redo(encodeRecord([external, create('small', 's')]), { flush: true })
    expect(await volume.stat('big')).toBeUndefined()
    expect(readable(await volume.read('small'))).toBe('s')
  })
}

function pageContract(makeDisk: () => Disk): void {
  besideVolume(makeDisk)('has the page on the disk, whole and never a hole', async () => {
    const directory = await tempDirectory()
    await openJournal(makeDisk(), directory)
    const { size, blocks } = await stat(join(directory, '.shared'))
    expect(size).toBe(PAGE_BYTES)
    expect(blocks).toBeGreaterThan(0)
  })

  it('shows one page to all committers of a store', async () => {
    const directory = await tempDirectory()
    const disk = makeDisk()
    const first = await openJournal(disk, directory)
    const volume = await openVolume(disk, directory)
    const second = await volume.openCommitter({ lockPath: '.lock', pagePath: '.shared' })
    first.committer.page.generation = 4_000_000_000
    expect(second.page.generation).toBe(4_000_000_000)
    expect(second.page.position).toEqual(first.committer.page.position)
  })

  it('keeps the page readable after it was closed', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    committer.page.generation = 5
    await committer.close()
    await committer.close()
    await volume.close()
    expect(committer.page.generation).toBe(5)
  })

  it('holds the writer lock against other committers', async () => {
    const directory = await tempDirectory()
    const disk = makeDisk()
    const { committer } = await openJournal(disk, directory)
    const volume = await openVolume(disk, directory)
    const other = await volume.openCommitter({ lockPath: '.lock', pagePath: '.shared' })
    await committer.lock({ timeoutMs: 0 })
    expect((await failure(other.lock({ timeoutMs: 20 }))).code).toBe('ELOCKTIMEOUT')
    await committer.unlock()
    await other.lock({ timeoutMs: 1000 })
    await other.unlock()
  })

  it('flushes the current segment', async () => {
    const { committer } = await openJournal(makeDisk(), await tempDirectory())
    await committer.flush()
    expect(committer.page.state).toBe(0)
  })
}

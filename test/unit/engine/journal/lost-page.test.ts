import { describe, expect, it } from 'vitest'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import {
  assertPage,
  lastSegmentAfter,
  spoilPage,
} from '../../../../src/engine/journal/lost-page.js'
import { BLOCK_BYTES } from '../../../../src/format/frame.js'
import { segmentPath, sparePath } from '../../../../src/format/layout.js'
import { PAGE_BYTES, PAGE_MAGIC, PageState, SharedPage } from '../../../../src/format/page.js'
import { beginSegment, openJournal } from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'

describe('a page that is lost', () => {
  it('is refused by every process from then on', () => {
    const memory = new ArrayBuffer(PAGE_BYTES)
    const [mine, others] = [new SharedPage(memory), new SharedPage(memory)]
    mine.magic = PAGE_MAGIC
    expect(() => assertPage(others, '/store')).not.toThrow()
    spoilPage(mine)
    expect(others.state).toBe(PageState.poisoned)
    const refused = expect.objectContaining({
      code: 'FS-IO-001',
      message: expect.stringContaining("'/store'"),
      context: expect.objectContaining({ path: '.shared', reason: 'page_lost' }),
    })
    expect(() => assertPage(others, '/store')).toThrow(refused)
  })
})

describe('the last segment behind another', () => {
  it('is the newest that has a header of its own', async () => {
    const { volume, committer } = await openJournal(portableDisk, await tempDirectory())
    expect(await lastSegmentAfter(volume, 1)).toBeUndefined()
    await beginSegment(volume, committer, 2)
    await beginSegment(volume, committer, 3)
    expect(await lastSegmentAfter(volume, 1)).toBe(3)
    expect(await lastSegmentAfter(volume, 2)).toBe(3)
    expect(await lastSegmentAfter(volume, 3)).toBeUndefined()
  })

  it('is none that a crash has left with no header, or with that of another', async () => {
    const { volume, committer } = await openJournal(portableDisk, await tempDirectory())
    await beginSegment(volume, committer, 2)
    const header = await volume.readRange(segmentPath(2), 0, BLOCK_BYTES)
    if (header === undefined) throw new Error('no header')
    await volume.write(segmentPath(4), header, { replace: false, flush: false })
    await volume.write(segmentPath(5), new Uint8Array(BLOCK_BYTES), {
      replace: false,
      flush: false,
    })
    await volume.write(sparePath('9'), header, { replace: false, flush: false })
    expect(await lastSegmentAfter(volume, 1)).toBe(2)
    expect(await lastSegmentAfter(volume, 2)).toBeUndefined()
  })
})

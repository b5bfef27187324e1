import { describe, expect, it, vi } from 'vitest'
import { subscribe, type RecoveryMessage } from '../../../../src/base/channels.js'
import type { Committer, Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { readHeader } from '../../../../src/engine/journal/scan.js'
import { Segments } from '../../../../src/engine/journal/segments.js'
import { takeOver } from '../../../../src/engine/recovery/takeover.js'
import { PageState } from '../../../../src/format/page.js'
import {
  beginSegment,
  create,
  cutPage,
  openJournal,
  readable,
  remove,
  replace,
  request,
  SEGMENT_BYTES,
  text,
} from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'

interface Made {
  readonly volume: Volume
  readonly committer: Committer
  readonly segments: Segments
  readonly takeOver: () => ReturnType<typeof takeOver>
}

async function journal(): Promise<Made> {
  const { volume, committer } = await openJournal(portableDisk, await tempDirectory())
  const limits = { segmentBytes: SEGMENT_BYTES, journalBytes: SEGMENT_BYTES }
  const segments = new Segments(volume, committer, limits)
  const take = async (): ReturnType<typeof takeOver> => await takeOver(volume, committer, segments)
  return { volume, committer, segments, takeOver: take }
}

/** As the last writer leaves it that died before its frame was published. */
function dieBeforePublishing({ page }: Committer): void {
  const published = page.getU64('published') - 1
  page.setU64('published', published)
  page.generation = published
  page.state = PageState.committing
}

describe('a takeover', () => {
  it('does nothing behind a writer that has finished', async () => {
    const { volume, committer, takeOver } = await journal()
    await committer.commit(request([[create('a', 'a')]]))
    expect(await takeOver()).toEqual([])
    expect(committer.page.getU64('segment')).toBe(1)
    expect(await readHeader(volume, 2)).toBeUndefined()
  })

  it('is refused, and begins no segment, when the page is cut meanwhile', async () => {
    const { volume, committer, takeOver } = await journal()
    await committer.commit(request([[create('a', 'a')]]))
    dieBeforePublishing(committer)
    vi.spyOn(committer, 'flush').mockImplementation(async () => {
      cutPage(committer.page)
      return await Promise.resolve()
    })
    const lost = { code: 'FS-IO-001', context: { reason: 'page_lost' } }
    await expect(takeOver()).rejects.toMatchObject(lost)
    expect(await readHeader(volume, 1)).toMatchObject({ firstLsn: 1 })
    expect(await readHeader(volume, 2)).toBeUndefined()
  })

  it('publishes the frame that a dead writer has flushed, and begins a new segment', async () => {
    const { volume, committer, takeOver } = await journal()
    await committer.commit(request([[create('a', 'old'), create('b', 'b')]]))
    await committer.commit(request([[replace('a', 'new'), remove('b'), create('c', 'c')]]))
    dieBeforePublishing(committer)
    const files = { a: 'old', b: 'b' }
    await volume.remove('c')
    for (const [path, content] of Object.entries(files))
      await volume.write(path, text(content), { replace: true, flush: false })
    const seen: RecoveryMessage[] = []
    const stop = subscribe('recovery', (message) => seen.push(message))
    expect(await takeOver()).toEqual([])
    stop()
    expect(readable(await volume.read('a'))).toBe('new')
    expect(await volume.read('b')).toBeUndefined()
    expect(readable(await volume.read('c'))).toBe('c')
    const { page } = committer
    expect([page.state, page.generation]).toEqual([PageState.idle, 2])
    expect(page.position).toMatchObject({ segment: 2, lsn: 2 })
    expect(await readHeader(volume, 2)).toMatchObject({ firstLsn: 3, durableThrough: 2 })
    expect(seen).toMatchObject([{ reason: 'takeover', frames: 1, operations: 3 }])
  })

  it('redoes only what was not published: later changes by other programs stay', async () => {
    const { volume, committer, takeOver } = await journal()
    await committer.commit(request([[create('a', 'a')]]))
    await committer.commit(request([[create('b', 'b')]]))
    dieBeforePublishing(committer)
    await volume.write('a', text('edited'), { replace: true, flush: false })
    await takeOver()
    expect(readable(await volume.read('a'))).toBe('edited')
  })

  it('makes void what a failed flush has left, before anything else is written', async () => {
    const { volume, committer, takeOver } = await journal()
    await committer.commit(request([[create('a', 'a')]]))
    committer.page.state = PageState.poisoned
    expect(await takeOver()).toEqual([])
    const { page } = committer
    expect(page.getU64('spoiled')).toBe(1)
    expect([page.state, page.getU64('segment')]).toEqual([PageState.idle, 2])
    expect(await readHeader(volume, 2)).toMatchObject({ firstLsn: 2 })
  })

  it('goes on in the segment that a dead writer has begun, and no segment is left out', async () => {
    const { volume, committer, takeOver } = await journal()
    await committer.commit(request([[create('a', 'a')]]))
    await beginSegment(volume, committer, 2)
    committer.page.setU64('segment', 1)
    dieBeforePublishing(committer)
    await takeOver()
    expect(committer.page.getU64('segment')).toBe(3)
    expect(await readHeader(volume, 3)).toMatchObject({ firstLsn: 2 })
  })

  it('is refused on a page that is not that of the journal', async () => {
    const { volume, committer, takeOver } = await journal()
    await committer.commit(request([[create('a', 'a')]]))
    await beginSegment(volume, committer, 2)
    await beginSegment(volume, committer, 3)
    committer.page.setU64('segment', 1)
    committer.page.state = PageState.committing
    await expect(takeOver()).rejects.toMatchObject({ context: { reason: 'page_lost' } })
    await expect(takeOver()).rejects.toMatchObject({ context: { reason: 'page_lost' } })
    expect(await readHeader(volume, 4)).toBeUndefined()
  })

  it('names what it could not restore', async () => {
    const { volume, committer, takeOver } = await journal()
    await committer.commit(request([[create('a', 'a')]]))
    dieBeforePublishing(committer)
    await volume.remove('a')
    await volume.write('a/b', text('foreign'), { replace: false, flush: false })
    expect(await takeOver()).toMatchObject([{ path: 'a', reason: 'obstructed' }])
    expect(committer.page.getU64('published')).toBe(1)
  })
})

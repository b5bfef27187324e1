import { link } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { DiskError } from '../../../../src/disk/disk-error.js'
import type { Committer, Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import {
  INLINE_BYTES_MAX,
  recordBytesMax,
  Segments,
  tooLong,
  tooShort,
} from '../../../../src/engine/journal/segments.js'
import { readHeader } from '../../../../src/engine/journal/scan.js'
import { BLOCK_BYTES } from '../../../../src/format/frame.js'
import {
  isSpareName,
  JOURNAL_DIRECTORY,
  parseSegmentName,
  RESERVE_FILE,
  segmentPath,
  sparePath,
} from '../../../../src/format/layout.js'
import { encodeRecord } from '../../../../src/format/record.js'
import {
  beginSegment,
  create,
  cutPage,
  openJournal,
  request,
  SALT,
  SEGMENT_BYTES,
} from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'

interface Made {
  readonly volume: Volume
  readonly committer: Committer
  readonly segments: Segments
}

/** A journal of one segment with the given number of frames; `spares` are kept at most. */
async function journalOf(frames: number, spares = 2): Promise<Made> {
  const { volume, committer } = await openJournal(portableDisk, await tempDirectory())
  for (let at = 0; at < frames; at++)
    await committer.commit(request([[create(`f${committer.page.getU64('committed')}`, 'x')]]))
  const limits = { segmentBytes: SEGMENT_BYTES, journalBytes: spares * SEGMENT_BYTES }
  return { volume, committer, segments: new Segments(volume, committer, limits) }
}

async function names(volume: Volume): Promise<{ sequences: number[]; spares: number }> {
  const found = ((await volume.list(JOURNAL_DIRECTORY)) ?? []).map(({ name }) => name)
  const sequences = found.map(parseSegmentName).filter((each) => each !== undefined)
  return { sequences: sequences.sort((a, b) => a - b), spares: found.filter(isSpareName).length }
}

const full = async (): Promise<never> => await Promise.reject(new DiskError('ENOSPC', 'write', ''))

describe('a turn of the segment', () => {
  it('begins a new epoch right after what is committed, and notes how far all is flushed', async () => {
    const { volume, committer, segments } = await journalOf(3)
    committer.page.setU64('checkpoint', 2)
    await segments.roll({ fresh: false })
    expect(await readHeader(volume, 2)).toMatchObject({
      firstLsn: 4,
      checkpointLsn: 2,
      durableThrough: 3,
    })
    const { page } = committer
    expect(page.salt).not.toBe(SALT)
    expect(page.salt).toBe((await readHeader(volume, 2))?.salt)
    expect(page.position).toEqual({ segment: 2, offset: BLOCK_BYTES, lsn: 3, chain: 0 })
    expect(page.state).toBe(0)
    await segments.useCurrent()
    expect(segments.current).toEqual({ sequence: 2, bytes: SEGMENT_BYTES })
  })

  it('takes a spare where there is one, unless the file has to be new', async () => {
    const { volume, segments } = await journalOf(1)
    await segments.prepareSpare()
    await segments.prepareSpare()
    expect((await names(volume)).spares).toBe(1)
    await segments.roll({ fresh: true })
    expect(await names(volume)).toEqual({ sequences: [1, 2], spares: 1 })
    await segments.roll({ fresh: false })
    expect(await names(volume)).toEqual({ sequences: [1, 2, 3], spares: 0 })
  })

  it('never takes a spare that is a segment as well: that name goes', async () => {
    const { volume, segments } = await journalOf(1)
    const double = sparePath('d')
    await link(join(volume.directory, segmentPath(1)), join(volume.directory, double))
    await segments.roll({ fresh: false })
    expect(await readHeader(volume, 1)).toMatchObject({ sequence: 1 })
    expect(await volume.stat(double)).toBeUndefined()
  })

  it('is refused, for all processes, behind a segment that the page does not know', async () => {
    const { committer, volume, segments } = await journalOf(1)
    await beginSegment(volume, committer, 2)
    committer.page.setU64('segment', 1)
    await expect(segments.roll({ fresh: false })).rejects.toMatchObject({
      code: 'FS-IO-001',
      context: { reason: 'page_lost' },
    })
    expect(committer.page.magic).toBe(0)
  })

  it.each(['roll', 'useCurrent'] as const)(
    'is refused in the midst of %s when the page is cut then, and reads as zeros',
    async (call) => {
      const { volume, committer, segments } = await journalOf(2)
      const list = volume.list.bind(volume)
      vi.spyOn(volume, 'list').mockImplementation(async (path) => {
        cutPage(committer.page)
        return path === JOURNAL_DIRECTORY ? [] : await list(path)
      })
      const lost = { code: 'FS-IO-001', context: { reason: 'page_lost' } }
      await expect(segments[call]({ fresh: false })).rejects.toMatchObject(lost)
      vi.restoreAllMocks()
      expect((await names(volume)).sequences).toEqual([1])
    },
  )

  it('uses the reserve where there is no room, if what is to be written makes room', async () => {
    const { volume, committer } = await journalOf(1)
    const small = { segmentBytes: SEGMENT_BYTES, journalBytes: SEGMENT_BYTES }
    await new Segments(volume, committer, small).keepReserve()
    const crowded = new Proxy(volume, {
      get: (target, name: keyof Volume) => {
        if (name === 'createSegment') return full
        const value: unknown = target[name]
        if (typeof value !== 'function') return value
        return (...given: unknown[]): unknown => Reflect.apply(value, target, given)
      },
    })
    const segments = new Segments(crowded, committer, small)
    await expect(segments.roll({ fresh: false })).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await volume.stat(RESERVE_FILE)).toBeDefined()
    await segments.roll({ fresh: false, useReserve: true })
    expect((await names(volume)).sequences).toEqual([1, 2])
    expect(await volume.stat(RESERVE_FILE)).toBeUndefined()
  })
})

describe('segments that a checkpoint covers', () => {
  /** Segments 1 to 4 with one frame each; the page is that of segment 4. */
  async function four(spares: number): Promise<Made> {
    const made = await journalOf(1, spares)
    for (const sequence of [2, 3, 4]) {
      await beginSegment(made.volume, made.committer, sequence)
      await made.committer.commit(request([[create(`s${sequence}`, 'x')]]))
    }
    return made
  }

  it('go out of service, oldest first, up to the first that is still needed', async () => {
    const { volume, segments } = await four(9)
    await segments.recycle(0)
    expect((await names(volume)).sequences).toEqual([1, 2, 3, 4])
    await segments.recycle(2)
    expect(await names(volume)).toEqual({ sequences: [3, 4], spares: 2 })
    await segments.recycle(9)
    expect(await names(volume)).toEqual({ sequences: [4], spares: 3 })
    await segments.removeSpares()
    expect(await names(volume)).toEqual({ sequences: [4], spares: 0 })
  })

  it('become spares up to the limit, and never when a flush of them has failed', async () => {
    const limited = await four(1)
    await limited.segments.recycle(3)
    expect(await names(limited.volume)).toEqual({ sequences: [4], spares: 1 })
    const spoiled = await four(9)
    spoiled.committer.page.setU64('spoiled', 2)
    await spoiled.segments.recycle(3)
    expect(await names(spoiled.volume)).toEqual({ sequences: [4], spares: 1 })
  })
})

describe('what a segment takes', () => {
  it('is a record with room for its headers, and contents of a part of it', async () => {
    const { segments } = await journalOf(0)
    await segments.useCurrent()
    const most = recordBytesMax(SEGMENT_BYTES)
    expect(segments.fits(new Uint8Array(most))).toBe(true)
    expect(segments.fits(new Uint8Array(most + 1))).toBe(false)
    expect(segments.inlineBytesMax).toBe(SEGMENT_BYTES / 8)
    expect(INLINE_BYTES_MAX).toBe(256 * 1024)
  })

  it('is stated when a record is too long for all of them', () => {
    const record = encodeRecord([create('a', 'x'.repeat(50)), create('b', 'y'.repeat(50))])
    const error = tooLong(record, 2, 100)
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain(
      `at most 100 bytes (option "segmentBytes" sets it), got ${record.length}`,
    )
    expect(error.message).toContain('the first 1 of its 2 files fit')
  })

  it('names the bytes that do not fit into a segment of a disk with little room', () => {
    const error = tooShort(65_536, new Uint8Array(70_000))
    expect(error).toMatchObject({ code: 'FS-IO-001', context: { segment_bytes: 65_536 } })
    expect(error.message).toContain('70000 do not fit')
  })

  it('runs work again with the space of the reserve, once', async () => {
    const { volume, segments } = await journalOf(0)
    await segments.keepReserve()
    await segments.keepReserve()
    let calls = 0
    const needsRoom = async (): Promise<number> => {
      calls++
      return (await volume.stat(RESERVE_FILE)) === undefined ? calls : await full()
    }
    expect(await segments.withReserve(needsRoom)).toBe(2)
    calls = 0
    await expect(segments.withReserve(full)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await segments.releaseReserve()).toBe(false)
  })
})

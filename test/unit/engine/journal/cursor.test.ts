import { describe, expect, it } from 'vitest'
import type { Committer, Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import {
  enter,
  framesIn,
  oldestCursor,
  readChunk,
  takeFrame,
  type Cursor,
} from '../../../../src/engine/journal/cursor.js'
import type { JournalEntry } from '../../../../src/engine/journal/scan.js'
import {
  BLOCK_BYTES,
  encodeVoid,
  FrameKind,
  type Frame,
  type SegmentHeader,
} from '../../../../src/format/frame.js'
import { segmentPath } from '../../../../src/format/layout.js'
import { beginSegment, create, openJournal, operation, request, SALT } from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'

const BEGIN = { segment: 1, offset: BLOCK_BYTES, lsn: 0, chain: 0 }
const WRITTEN = { replace: false, flush: false }
const START: Cursor = { position: BEGIN, salt: SALT }

/** A journal with one frame for each path. */
async function journalOf(
  paths: readonly string[],
  options: { readonly segmentBytes?: number; readonly bytes?: number } = {},
): Promise<{ volume: Volume; committer: Committer }> {
  const made = await openJournal(portableDisk, await tempDirectory(), options)
  const content = new Uint8Array(options.bytes ?? 1).fill(120)
  for (const path of paths) await made.committer.commit(request([[operation(1, path, content)]]))
  return made
}

async function framesFrom(volume: Volume, cursor: Cursor, last: number): Promise<Frame[]> {
  const bytes = await readChunk(volume, cursor.position)
  return bytes === undefined ? [] : framesIn(volume, bytes, cursor, last)
}

describe('a cursor in the journal', () => {
  it('begins before the oldest frame that is left', async () => {
    const { volume, committer } = await journalOf(['a', 'b'])
    await beginSegment(volume, committer, 2)
    expect(await oldestCursor(volume)).toEqual(START)
    await volume.remove(segmentPath(1))
    const position = { segment: 2, offset: BLOCK_BYTES, lsn: 2, chain: 0 }
    expect(await oldestCursor(volume)).toEqual({ position, salt: SALT })
    // A name alone is not a segment.
    await volume.write(segmentPath(1), new Uint8Array(BLOCK_BYTES), WRITTEN)
    expect((await oldestCursor(volume))?.position.segment).toBe(2)
    await committer.close()
    await volume.remove(segmentPath(2))
    expect(await oldestCursor(volume)).toBeUndefined()
  })

  it('begins behind a gap, where an older segment has outlived its removal', async () => {
    const { volume, committer } = await journalOf(['a', 'b'])
    const old = await volume.read(segmentPath(1))
    for (const sequence of [2, 3, 4]) await beginSegment(volume, committer, sequence)
    const oldest = async (): Promise<number | undefined> =>
      (await oldestCursor(volume))?.position.segment
    expect(await oldest()).toBe(1)
    await volume.remove(segmentPath(2))
    expect(await oldest()).toBe(3)
    // A segment that is there and cannot be read was not retired: what continues at it does not pass over it.
    await volume.write(segmentPath(2), new Uint8Array(BLOCK_BYTES), WRITTEN)
    expect(await oldest()).toBe(1)
    await volume.remove(segmentPath(1))
    expect(await oldest()).toBe(3)
    await volume.write(segmentPath(1), old ?? new Uint8Array(0), WRITTEN)
    // Neither the beginning of a segment nor what a crash left of one ends the run.
    await volume.write(segmentPath(6), new Uint8Array(BLOCK_BYTES), WRITTEN)
    expect(await oldest()).toBe(1)
    await volume.remove(segmentPath(2))
    expect(await oldest()).toBe(3)
  })

  it('reads the frames that follow, of its epoch alone, up to the given one', async () => {
    const { volume } = await journalOf(['a', 'b', 'c'])
    const lsns = async (cursor: Cursor, last: number): Promise<number[]> =>
      (await framesFrom(volume, cursor, last)).map(({ header }) => header.lsn)
    expect(await lsns(START, 9)).toEqual([1, 2, 3])
    expect(await lsns(START, 2)).toEqual([1, 2])
    expect(await lsns(START, 0)).toEqual([])
    expect(await lsns({ position: BEGIN, salt: SALT + 1n }, 9)).toEqual([])
    expect(await lsns({ position: BEGIN, salt: undefined }, 9)).toEqual([])
    expect(await lsns({ position: { ...BEGIN, chain: 1 }, salt: SALT }, 9)).toEqual([])
    const [first] = await framesFrom(volume, START, 1)
    expect(await lsns({ position: first?.end ?? BEGIN, salt: SALT }, 9)).toEqual([2, 3])
  })

  it('reads a frame whole that is longer than a chunk', async () => {
    const bytes = 1_500_000
    const { volume } = await journalOf(['big'], { segmentBytes: 4 * 1024 * 1024, bytes })
    const [frame] = await framesFrom(volume, START, 1)
    expect(frame?.header.payloadBytes).toBeGreaterThan(bytes)
  })

  it('finds nothing where no frame begins', async () => {
    const { volume } = await journalOf(['a'])
    expect(await readChunk(volume, { ...BEGIN, offset: 4 * BLOCK_BYTES })).toBeUndefined()
    expect(await readChunk(volume, { ...BEGIN, segment: 7 })).toBeUndefined()
  })

  it('enters the next segment only where that continues', () => {
    const header = { sequence: 2, firstLsn: 6, salt: 9n } as SegmentHeader
    const cursor = (lsn: number): Cursor => ({ position: { ...BEGIN, lsn }, salt: SALT })
    for (const lsn of [4, 6]) {
      const at = cursor(lsn)
      expect(enter(at, header)).toBe(false)
      expect(at).toEqual(cursor(lsn))
    }
    expect(enter(cursor(5), undefined)).toBe(false)
    const at = cursor(5)
    expect(enter(at, header)).toBe(true)
    expect(at).toEqual({
      position: { segment: 2, offset: BLOCK_BYTES, lsn: 5, chain: 0 },
      salt: 9n,
    })
  })

  it('takes commits, passes notes, and drops what an abort record names', async () => {
    const { volume, committer } = await openJournal(portableDisk, await tempDirectory())
    await committer.commit(request([[create('a', '1')], [create('b', '2')]]))
    const [commit] = await framesFrom(volume, START, 1)
    if (commit === undefined) throw new Error('no frame')
    const cursor: Cursor = { ...START }
    const entries: JournalEntry[] = []
    expect(takeFrame(commit, cursor, entries)).toBe(true)
    expect(cursor.position).toEqual(commit.end)
    const frame = (kind: Frame['header']['kind'], payload: Uint8Array): Frame => ({
      header: { ...commit.header, lsn: 2, kind },
      payload,
      end: { ...commit.end, lsn: 2 },
    })
    expect(takeFrame(frame(FrameKind.checkpoint, new Uint8Array(8)), cursor, entries)).toBe(true)
    expect(takeFrame(frame(FrameKind.void, encodeVoid(1, [0])), cursor, entries)).toBe(true)
    expect(entries.map(({ lsn, transactions }) => [lsn, transactions.flat().length])).toEqual([
      [1, 1],
    ])
    expect(entries[0]?.transactions[0]?.[0]?.path).toBe('b')
    expect(takeFrame(frame(FrameKind.void, encodeVoid(1, [0])), cursor, [])).toBe(false)
    expect(cursor.position.lsn).toBe(2)
  })
})

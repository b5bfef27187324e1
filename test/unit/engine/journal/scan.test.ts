import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Committer, Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { abort, readHeader, scanJournal } from '../../../../src/engine/journal/scan.js'
import {
  BLOCK_BYTES,
  encodeCheckpoint,
  encodeVoid,
  FRAME_HEADER_BYTES,
  type Frame,
} from '../../../../src/format/frame.js'
import { JOURNAL_DIRECTORY, segmentPath } from '../../../../src/format/layout.js'
import { flipByte } from '../../../support/journal.js'
import { tempDirectory } from '../../../support/temp.js'
import { beginSegment, create, openJournal, openVolume, request, SALT } from '../../disk/support.js'

interface Made {
  readonly volume: Volume
  readonly committer: Committer
  /** Damages the payload of a frame, by its place in the segment: each frame has one block. */
  readonly damage: (place: number, segment?: number) => Promise<void>
}

/** A journal with a frame for each path, from lsn 1 on. */
async function journalOf(...paths: readonly string[]): Promise<Made> {
  const { volume, committer } = await openJournal(portableDisk, await tempDirectory())
  for (const path of paths) await committer.commit(request([[create(path, path)]]))
  const damage = async (place: number, segment = 1): Promise<void> => {
    const offset = (1 + place) * BLOCK_BYTES + FRAME_HEADER_BYTES
    await flipByte(join(volume.directory, segmentPath(segment)), offset)
  }
  return { volume, committer, damage }
}

async function checkpoint(committer: Committer, lsn: number): Promise<void> {
  const note = { kind: 'checkpoint', records: encodeCheckpoint(lsn), transactionCount: 0 } as const
  await committer.commit(request([], note))
}

type Scan = Awaited<ReturnType<typeof scanJournal>>
const lsns = ({ entries }: Scan): number[] => entries.map(({ lsn }) => lsn)

describe('reading a journal', () => {
  it('finds every frame since the last checkpoint, and where the journal ends', async () => {
    const { volume, committer } = await journalOf('a', 'b', 'c')
    const scan = await scanJournal(volume)
    expect(scan.entries.map(({ transactions }) => transactions.flat()[0]?.path)).toEqual([
      'a',
      'b',
      'c',
    ])
    const { position, salt } = committer.page
    expect(scan).toMatchObject({ end: { position, salt }, clean: false, segments: [1] })
    expect(scan.damage).toBeUndefined()
    await checkpoint(committer, 2)
    expect(lsns(await scanJournal(volume))).toEqual([3])
  })

  it('is clean when its last frame notes a checkpoint of all before it', async () => {
    const { volume, committer } = await journalOf('a', 'b')
    await checkpoint(committer, 1)
    expect((await scanJournal(volume)).clean).toBe(false)
    await checkpoint(committer, 3)
    expect(await scanJournal(volume)).toMatchObject({ clean: true, checkpointLsn: 3, entries: [] })
    await beginSegment(volume, committer, 2)
    expect((await scanJournal(volume)).clean).toBe(false)
  })

  it('ends silently before a torn frame that nothing says was flushed', async () => {
    const { volume, damage } = await journalOf('a', 'b', 'c')
    await damage(2)
    const scan = await scanJournal(volume)
    expect(lsns(scan)).toEqual([1, 2])
    expect(scan.damage).toBeUndefined()
    expect(scan.end?.position).toMatchObject({ offset: 3 * BLOCK_BYTES, lsn: 2 })
  })

  it('reports a frame that a later one says was flushed, and leaves out what follows it', async () => {
    const { volume, damage } = await journalOf('a', 'b', 'c', 'd')
    await damage(1)
    const scan = await scanJournal(volume)
    expect(lsns(scan)).toEqual([1])
    expect(scan.damage).toMatchObject({
      code: 'FS-JOURNAL-001',
      context: { lsn: 2, offset: 2 * BLOCK_BYTES, durable_through: 3 },
    })
    expect(scan.clean).toBe(false)
  })

  it('reports the last frame of a segment when the next segment says it was flushed', async () => {
    const { volume, committer, damage } = await journalOf('a', 'b')
    await beginSegment(volume, committer, 2)
    await committer.commit(request([[create('c', 'c')]]))
    expect(lsns(await scanJournal(volume))).toEqual([1, 2, 3])
    await damage(1)
    const scan = await scanJournal(volume)
    expect([lsns(scan), scan.damage?.context?.['lsn']]).toEqual([[1], 2])
  })

  it('stops at the frame it was told, which a writer may be writing behind', async () => {
    const { volume, damage } = await journalOf('a', 'b', 'c')
    await damage(2)
    const scan = await scanJournal(volume, 2)
    expect([lsns(scan), scan.end?.position.lsn]).toEqual([[1, 2], 2])
    expect(lsns(await scanJournal(volume, 1))).toEqual([1])
  })

  it('takes the unbroken run of segments that ends with the newest', async () => {
    const { volume, committer } = await journalOf('a')
    for (const sequence of [2, 3]) {
      await beginSegment(volume, committer, sequence)
      await committer.commit(request([[create(`${sequence}`, 'x')]]))
    }
    await volume.remove(segmentPath(2))
    const scan = await scanJournal(volume)
    expect([scan.segments, lsns(scan)]).toEqual([[3], [3]])
    expect(scan.damage?.message).toContain('frames 1 to 2 are missing')
  })

  it('names strays, and reports the newest segment when its header cannot be read', async () => {
    const { volume } = await journalOf('a')
    const options = { replace: false, flush: false }
    const header = (await volume.readRange(segmentPath(1), 0, BLOCK_BYTES)) ?? new Uint8Array(0)
    await volume.write(`${JOURNAL_DIRECTORY}/notes.txt`, header, options)
    await volume.write(segmentPath(5), header, options)
    const before = await scanJournal(volume)
    expect([...before.strays].sort()).toEqual(['000000000005.log', 'notes.txt'])
    expect([before.damage, lsns(before)]).toEqual([undefined, [1]])
    await volume.write(segmentPath(2), new Uint8Array(BLOCK_BYTES), options)
    const scan = await scanJournal(volume)
    expect(scan.damaged).toEqual([2])
    expect(scan.damage?.context).toMatchObject({ path: segmentPath(2), offset: 0 })
    expect([await readHeader(volume, 2), await readHeader(volume, 5)]).toEqual([
      undefined,
      undefined,
    ])
    expect(await readHeader(volume, 1)).toMatchObject({ sequence: 1, salt: SALT, firstLsn: 1 })
  })

  it('finds nothing, and no damage, where there is no journal yet', async () => {
    const volume = await openVolume(portableDisk, await tempDirectory())
    expect(await scanJournal(volume)).toMatchObject({
      entries: [],
      end: undefined,
      clean: false,
      damage: undefined,
    })
  })
})

describe('an abort record', () => {
  const frame = (lsn: number, places: readonly number[]): Frame =>
    ({ header: { lsn: 9 }, payload: encodeVoid(lsn, places) }) as unknown as Frame

  it('takes the transactions that it names out of their entry', () => {
    const transactions = [[create('a', '')], [create('b', '')], [create('c', '')]]
    const entries = [{ lsn: 4, timeMs: 0, transactions }]
    expect(abort(entries, frame(4, [0, 2]), 'p')).toBe(true)
    expect(entries[0]?.transactions).toEqual([[create('b', '')]])
    expect(abort(entries, frame(3, [0]), 'p')).toBe(false)
  })

  it('of bytes that were never written is damage', () => {
    const broken = { header: { lsn: 9 }, payload: new Uint8Array(3) } as unknown as Frame
    expect(() => abort([], broken, 'p')).toThrow('frame 9 in p holds what was never written')
  })
})

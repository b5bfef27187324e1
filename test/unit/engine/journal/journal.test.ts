import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe, type BackgroundErrorMessage } from '../../../../src/base/channels.js'
import type { Journal } from '../../../../src/engine/journal/journal.js'
import { recordBytesMax } from '../../../../src/engine/journal/segments.js'
import { readHeader, scanJournal } from '../../../../src/engine/journal/scan.js'
import { segmentPath } from '../../../../src/format/layout.js'
import { encodeRecord, type RecordOperation } from '../../../../src/format/record.js'
import { tempDirectory } from '../../../support/temp.js'
import { create, remove } from '../../disk/support.js'
import { opened } from '../support.js'

const SEGMENT_BYTES = 64 * 1024

/** Appends one transaction as the group commit does; its status. */
async function append(journal: Journal, operation: RecordOperation): Promise<string> {
  const reply = await journal.append(encodeRecord([operation]), 1)
  if (reply.status === 'committed')
    await journal.onCommitted(reply, [{ kind: 'create', path: operation.path }])
  return reply.status
}

const pathsSince = (journal: Journal, lsn: number): string[] | undefined =>
  journal.changesSince(lsn)?.map(({ path }) => path)

describe('the journal of an open store', () => {
  it('reports each frame, and its changes to the listeners, in order', async () => {
    const { journal } = await opened(await tempDirectory())
    const seen: string[] = []
    journal.onAppended(({ bytes }) => seen.push(`${bytes} bytes`))
    journal.onChange({
      changed: (changes) => seen.push(...changes.map(({ path, lsn }) => `${path} at ${lsn}`)),
      reset: () => seen.push('reset'),
    })
    await append(journal, create('a', 'x'))
    await append(journal, create('b', 'x'))
    expect(seen).toEqual(['4096 bytes', 'a at 1', '4096 bytes', 'b at 2'])
    expect([journal.lsn, journal.isCurrent, journal.changeCount]).toEqual([2, true, 2])
    expect(pathsSince(journal, 1)).toEqual(['b'])
    const { files, directories } = await journal.touched(2)
    expect([files, directories]).toEqual([['a', 'b'], ['']])
  })

  it('is behind a segment before which others have committed what it has not read', async () => {
    const path = await tempDirectory()
    const [{ journal }, { journal: other }] = [await opened(path), await opened(path)]
    expect(await append(journal, create('a', 'x'))).toBe('committed')
    expect([other.isBehindSegment, other.lsn]).toEqual([false, 0])
    expect(await journal.turn({ fresh: false })).toBe(1)
    expect([journal.segment.sequence, journal.isBehindSegment]).toEqual([2, false])
    expect(await append(other, create('b', 'x'))).toBe('moved')
    await other.repair('moved', [])
    expect(other.isBehindSegment).toBe(true)
    await other.refresh()
    expect([other.isBehindSegment, pathsSince(other, 0)]).toEqual([false, ['a']])
    expect(await append(other, create('b', 'x'))).toBe('committed')
    expect(other.isBehindSegment).toBe(false)
  })

  it('lets no process commit while it holds still, and knows all that was committed', async () => {
    const path = await tempDirectory()
    const [one, other] = [
      await opened(path, { disk: 'native' }),
      await opened(path, { disk: 'native' }),
    ]
    await append(other.journal, create('a', 'x'))
    const { waiting } = await one.journal.still(async () => {
      expect(pathsSince(one.journal, 0)).toEqual(['a'])
      const asked = append(other.journal, create('b', 'x'))
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(await one.volume.stat('b')).toBeUndefined()
      return { waiting: asked }
    })
    expect(await waiting).toBe('committed')
    await one.journal.refresh()
    expect(pathsSince(one.journal, 0)).toEqual(['a', 'b'])
  })

  it('turns a full segment when that is to be repaired, and only then', async () => {
    const { journal } = await opened(await tempDirectory(), { segmentBytes: SEGMENT_BYTES })
    let status = 'committed'
    let frames = 0
    for (; status === 'committed'; frames++)
      status = await append(journal, create(`f${frames}`, 'x'))
    expect([status, journal.segment.sequence]).toEqual(['full', 1])
    await journal.repair('moved', [])
    expect(journal.segment.sequence).toBe(1)
    const record = encodeRecord([create('next', 'x')])
    const changes = [{ kind: 'create', path: 'next' }] as const
    await journal.repair('full', [{ record, changes }])
    expect(journal.segment.sequence).toBe(2)
    expect(await append(journal, create('next', 'x'))).toBe('committed')
    // An empty segment that is too small for its transaction would be turned forever.
    const { journal: other } = await opened(await tempDirectory(), { segmentBytes: SEGMENT_BYTES })
    await expect(other.repair('full', [{ record, changes }])).rejects.toMatchObject({
      message: 'A transaction does not fit into an empty journal segment',
    })
  })

  it('makes room for a record that its own segments take, and refuses any longer one', async () => {
    const path = await tempDirectory()
    const small = await opened(path, { segmentBytes: SEGMENT_BYTES })
    await append(small.journal, create('a', 'x'))
    await small.journal.close()
    await small.volume.close()
    const { journal } = await opened(path, { segmentBytes: 2 * SEGMENT_BYTES, retry: false })
    const most = recordBytesMax(2 * SEGMENT_BYTES)
    const record = new Uint8Array(most)
    await journal.makeRoomFor(record, 1)
    expect(journal.fits(record)).toBe(true)
    const { sequence } = journal.segment
    await journal.makeRoomFor(record, 1)
    expect(journal.segment.sequence).toBe(sequence)
    const longer = encodeRecord([create('a', 'x'.repeat(most))])
    await expect(journal.makeRoomFor(longer, 1)).rejects.toThrow(RangeError)
  })

  it('notes a checkpoint in a frame, or in the next segment when there is no room for one', async () => {
    const { journal, volume } = await opened(await tempDirectory(), { segmentBytes: SEGMENT_BYTES })
    await append(journal, create('a', 'x'))
    await journal.noteCheckpoint(1)
    expect([journal.checkpointLsn, journal.segment.sequence]).toEqual([1, 1])
    let status = 'committed'
    for (let at = 0; status === 'committed'; at++)
      status = await append(journal, create(`${at}`, 'x'))
    const { lsn } = journal
    await journal.noteCheckpoint(lsn)
    expect([journal.checkpointLsn, journal.segment.sequence]).toEqual([lsn, 2])
    expect(await readHeader(volume, 2)).toMatchObject({ checkpointLsn: lsn, firstLsn: lsn + 1 })
    expect((await scanJournal(volume)).entries).toEqual([])
    journal.checkpointed(lsn)
    expect([journal.changeCount, pathsSince(journal, lsn - 1)]).toEqual([0, undefined])
  })

  it('is suspect from a failed flush of files on until a checkpoint covers them', async () => {
    const { journal } = await opened(await tempDirectory())
    for (const path of ['a', 'b', 'c']) await append(journal, create(path, 'x'))
    expect(journal.isSuspect).toBe(false)
    journal.suspect(3)
    journal.suspect(1)
    await journal.noteCheckpoint(2)
    expect(journal.isSuspect).toBe(true)
    await journal.noteCheckpoint(3)
    expect(journal.isSuspect).toBe(false)
  })

  it('begins a segment without anything of earlier ones, and retires what is covered', async () => {
    const { journal, volume } = await opened(await tempDirectory(), { segmentBytes: SEGMENT_BYTES })
    await append(journal, create('a', 'x'))
    expect(await journal.turn({ fresh: true })).toBe(1)
    expect(journal.segment.sequence).toBe(2)
    await append(journal, remove('a'))
    await journal.underLock(async () => await journal.recycle(1))
    expect(await volume.stat(segmentPath(1))).toBeUndefined()
    expect(await volume.stat(segmentPath(2))).toBeDefined()
  })

  it('flushes what was committed without a flush', async () => {
    const path = await tempDirectory()
    const { journal, volume } = await opened(path, { durability: 'none' })
    await append(journal, create('a', 'x'))
    await journal.flush()
    await append(journal, create('b', 'x'))
    // The frame says how far all was flushed before it.
    const bytes = await volume.read(segmentPath(1))
    const last = Buffer.from(bytes ?? []).readBigUInt64LE(2 * 4096 + 24)
    expect(last).toBe(1n)
  })
})

describe('a journal that takes no more commits', () => {
  it('keeps the first cause, reports it once, and refuses writes with it', async () => {
    const path = await tempDirectory()
    const { journal } = await opened(path)
    const causes: Error[] = []
    journal.onReadOnly((cause) => causes.push(cause))
    const seen: BackgroundErrorMessage[] = []
    onTestFinished(subscribe('background-error', (message) => seen.push(message)))
    expect(() => journal.assertWritable()).not.toThrow()
    const cause = new Error('the flush failed')
    journal.becomeReadOnly(cause)
    journal.becomeReadOnly(new Error('so did the next'))
    expect([causes, journal.poison]).toEqual([[cause], cause])
    expect(seen).toMatchObject([{ directory: path, stage: 'flush', error: cause }])
    const refused = expect.objectContaining({
      code: 'FS-READONLY-001',
      message: 'The store takes no more writes: the flush failed',
      cause,
    })
    expect(() => journal.assertWritable()).toThrow(refused)
  })
})

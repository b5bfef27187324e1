import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { DirtyLog, type LoggedChange } from '../../../../src/engine/journal/dirty-log.js'
import { JournalFeed } from '../../../../src/engine/journal/feed.js'
import type { JournalFollower } from '../../../../src/engine/journal/follower.js'
import type { JournalEntry } from '../../../../src/engine/journal/scan.js'
import { Store } from '../../../../src/engine/store.js'
import { FRAME_HEADER_BYTES } from '../../../../src/format/frame.js'
import { create } from '../../disk/support.js'
import { flipByte, framesIn, newestSegment } from '../../../support/journal.js'
import { tempDirectory } from '../../../support/temp.js'

const entry = (lsn: number, path: string): JournalEntry => ({
  lsn,
  timeMs: 0,
  transactions: [[create(path, '')]],
})

/** A follower over a journal in memory: `written` grows, and what is before `oldest` is gone. */
class MemoryFollower implements JournalFollower {
  written: JournalEntry[] = []
  oldest = 0
  known = 0
  reads = 0

  get position(): JournalFollower['position'] {
    return { segment: 1, offset: 0, lsn: this.known, chain: 0 }
  }

  get isCurrent(): boolean {
    return this.known === this.written.length
  }

  get isSettled(): boolean {
    return this.isCurrent
  }

  advance(): void {}

  async follow(take: (entries: readonly JournalEntry[]) => void): Promise<boolean> {
    this.reads++
    await Promise.resolve()
    if (this.known < this.oldest) return false
    const entries = this.written.slice(this.known)
    this.known = this.written.length
    take(entries)
    return true
  }

  async restart(missed: (lsn: number) => void): Promise<void> {
    this.known = this.oldest
    missed(this.known)
    return await Promise.resolve()
  }
}

function feedOf(follower: MemoryFollower): {
  readonly feed: JournalFeed
  readonly dirty: DirtyLog
  readonly seen: string[]
  readonly stop: () => void
} {
  const dirty = new DirtyLog(0)
  const feed = new JournalFeed('/store', follower, dirty)
  const seen: string[] = []
  const stop = feed.onChange({
    changed: (changes) => seen.push(changes.map(({ path }) => path).join()),
    reset: () => seen.push('reset'),
  })
  return { feed, dirty, seen, stop }
}

const change = (path: string): LoggedChange => ({ kind: 'create', path, lsn: 1, timeMs: 0 })

describe('the feed of a journal', () => {
  it('hands commits to the log and to each listener, until that leaves', () => {
    const { feed, dirty, seen, stop } = feedOf(new MemoryFollower())
    feed.tell([change('a'), change('b')])
    feed.tell([])
    stop()
    feed.tell([change('c')])
    expect(seen).toEqual(['a,b'])
    expect(dirty.all.map(({ path }) => path)).toEqual(['a', 'b', 'c'])
  })

  it('reads nothing when all is known, and once for callers that come together', async () => {
    const follower = new MemoryFollower()
    const { feed, seen } = feedOf(follower)
    await feed.refresh()
    expect(follower.reads).toBe(0)
    follower.written.push(entry(1, 'a'), entry(2, 'b'))
    await Promise.all([feed.refresh(), feed.refresh(), feed.refresh()])
    expect([follower.reads, seen]).toEqual([1, ['a,b']])
    expect(feed.isRefreshing).toBe(false)
  })

  it('reads on for what was committed while it was reading', async () => {
    const follower = new MemoryFollower()
    const { feed, seen } = feedOf(follower)
    follower.written.push(entry(1, 'a'))
    const whileReading = (): void => {
      expect(feed.isRefreshing).toBe(true)
      if (follower.written.length === 1) follower.written.push(entry(2, 'b'))
    }
    feed.onChange({ changed: whileReading, reset: () => undefined })
    await feed.refresh()
    expect([follower.reads, seen]).toEqual([2, ['a', 'b']])
  })

  it('has what is read from the journal tagged, transaction by transaction', async () => {
    const follower = new MemoryFollower()
    const { feed, dirty } = feedOf(follower)
    feed.describeBy((operations) =>
      operations.length === 1 ? undefined : new Map([['b', operations.length]]),
    )
    follower.written.push({
      ...entry(1, 'a'),
      transactions: [[create('a', '')], [create('b', ''), create('c', '')]],
    })
    await feed.refresh()
    expect(dirty.all.map(({ path, tag }) => [path, tag])).toEqual([
      ['a', undefined],
      ['b', 2],
      ['c', undefined],
    ])
  })

  it('has listeners rebuild what they derive when frames are gone, and goes on from there', async () => {
    const follower = new MemoryFollower()
    const { feed, dirty, seen } = feedOf(follower)
    feed.tell([change('early')])
    follower.written.push(entry(1, 'gone'), entry(2, 'left'))
    follower.oldest = 1
    await feed.refresh()
    expect(seen).toEqual(['early', 'reset', 'left'])
    expect(dirty.since(0)).toBeUndefined()
    expect(dirty.since(1)?.map(({ path }) => path)).toEqual(['left'])
  })

  it('gives up on a frame that cannot be read, and follows the journal once it can', async () => {
    const path = await tempDirectory()
    const options = { disk: 'native', checkpointIdleMs: 3_600_000 } as const
    await using reader = await Store.open(path, options)
    await using writer = await Store.open(path, options)
    await writer.commit([{ kind: 'create', path: 'a', bytes: Buffer.from('a') }])
    const segment = await newestSegment(path)
    const [frame = 0] = await framesIn(segment)
    await flipByte(segment, frame + FRAME_HEADER_BYTES)
    await expect(reader.refresh()).rejects.toMatchObject({
      code: 'FS-JOURNAL-001',
      context: { reason: 'recycled' },
    })
    await flipByte(segment, frame + FRAME_HEADER_BYTES)
    await reader.refresh()
    expect(reader.changesSince(0)?.map((change) => change.path)).toEqual(['a'])
  })

  it.each(['native', 'portable'] as const)(
    'goes on behind a gap, where an older segment has outlived its removal (%s)',
    async (disk) => {
      const path = await tempDirectory()
      const options = { disk, segmentBytes: 64 * 1024, journalBytes: 64 * 1024 } as const
      const writer = await Store.open(path, { ...options, checkpointIdleMs: 3_600_000 })
      const commit = async (count: number): Promise<void> => {
        for (let at = 0; at < count; at++)
          await writer.commit([{ kind: 'replace', path: 'a', bytes: Buffer.alloc(8192) }])
      }
      await commit(1)
      const readers = await Promise.all([
        Store.open(path, options),
        Store.open(path, { ...options, readOnly: true }),
      ])
      const first = await newestSegment(path)
      const bytes = await readFile(first)
      await commit(30)
      await writer.checkpoint()
      await commit(1)
      await writeFile(first, bytes)
      for (const reader of readers) {
        let resets = 0
        reader.onChange({ changed: () => undefined, reset: () => resets++ })
        await reader.refresh()
        expect([resets, reader.lsn]).toEqual([1, writer.lsn])
        await reader.close()
      }
      await writer.close()
      const opened = await Store.open(path, options)
      expect(await opened.read('a')).toHaveLength(8192)
      await opened.close()
    },
  )
})

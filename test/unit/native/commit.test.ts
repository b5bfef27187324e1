import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../src/format/crc32c.js'
import { BLOCK_BYTES, encodeCheckpoint, encodeFrame, FrameKind } from '../../../src/format/frame.js'
import { segmentPath } from '../../../src/format/layout.js'
import { PageState } from '../../../src/format/page.js'
import {
  codes,
  create,
  failure,
  framesOf,
  openJournal,
  remove,
  replace,
  request,
  SALT,
} from '../disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { disk } from './support.js'

describe('the one-hop commit', () => {
  it('writes the frame that document/frame.ts would, byte for byte', async () => {
    const directory = await tempDirectory()
    const { committer } = await openJournal(disk(), directory)
    const first = request([[create('a/1.json', 'x'.repeat(5000))], [create('b', '')]])
    const second = request([[remove('b'), replace('a/1.json', 'new')]], { timeMs: 77 })
    await committer.commit(first)
    await committer.commit(second)
    const common = { salt: SALT, kind: FrameKind.commit }
    const one = encodeFrame(
      {
        ...common,
        lsn: 1,
        durableThrough: 0,
        previous: 0,
        transactionCount: 2,
        timeMs: first.timeMs,
      },
      first.records,
      crc32c,
    )
    const two = encodeFrame(
      {
        ...common,
        lsn: 2,
        durableThrough: 1,
        previous: one.checksum,
        transactionCount: 1,
        timeMs: 77,
      },
      second.records,
      crc32c,
    )
    const segment = readFileSync(join(directory, segmentPath(1)))
    const end = BLOCK_BYTES + one.bytes.length + two.bytes.length
    expect(segment.subarray(BLOCK_BYTES, end).equals(Buffer.concat([one.bytes, two.bytes]))).toBe(
      true,
    )
    expect(segment.subarray(end).every((byte) => byte === 0)).toBe(true)
    expect(committer.page.position).toEqual({
      segment: 1,
      offset: end,
      lsn: 2,
      chain: two.checksum,
    })
    expect(readFileSync(join(directory, 'a/1.json'), 'utf8')).toBe('new')
  })

  it('leaves out of the frame what lost, and what won is there', async () => {
    const directory = await tempDirectory()
    const { volume, committer } = await openJournal(disk(), directory)
    writeFileSync(join(directory, 'taken'), 'foreign')
    mkdirSync(join(directory, 'place'))
    mkdirSync(join(directory, 'elsewhere'))
    symlinkSync('elsewhere', join(directory, 'way'))
    const reply = await committer.commit(
      request([
        [create('one', '1')],
        [create('two', '2'), create('taken', 'mine')],
        [replace('place', 'x')],
        [create('way/through', 'x')],
        [remove('absent')],
        [create('deep/er/three', '3')],
      ]),
    )
    expect(codes(reply)).toEqual([undefined, 'EEXIST', 'EISDIR', 'ELOOP', 'ENOENT', undefined])
    const [frame] = await framesOf(volume)
    expect(frame?.header.transactionCount).toBe(2)
    expect(frame?.payload.length).toBe(
      request([[create('one', '1')], [create('deep/er/three', '3')]]).records.length,
    )
    expect(await volume.stat('two')).toBeUndefined()
    expect(readFileSync(join(directory, 'taken'), 'utf8')).toBe('foreign')
    expect(readFileSync(join(directory, 'deep/er/three'), 'utf8')).toBe('3')
  })

  it.each([
    ['moved', () => ({ segment: 2 })],
    ['poisoned', () => ({ state: PageState.poisoned })],
    ['unclean', () => ({ state: PageState.committing })],
    ['full', (): { segment?: number; state?: number } => ({})],
  ] as const)('does nothing and says so when the journal is %s', async (status, change) => {
    const directory = await tempDirectory()
    const { volume, committer } = await openJournal(disk(), directory)
    const { page } = committer
    const { segment, state } = change() as { segment?: number; state?: number }
    if (segment !== undefined) page.setU64('segment', segment)
    if (state !== undefined) page.state = state
    const before = page.position
    const content = status === 'full' ? 'x'.repeat(64 * 1024) : 'x'
    const reply = await committer.commit(request([[create('a', content)]]))
    expect(reply.status).toBe(status)
    expect([reply.from, reply.to, page.position]).toEqual([before, before, before])
    expect(reply.outcomes).toEqual([undefined])
    expect(await volume.stat('a')).toBeUndefined()
    expect(await framesOf(volume)).toEqual([])
    // And the lock is free again.
    await (await volume.lock('.lock', 'exclusive', { timeoutMs: 0 })).release()
  })

  it('notes a checkpoint in the page and in a frame without transactions', async () => {
    const { volume, committer } = await openJournal(disk(), await tempDirectory())
    await committer.commit(request([[create('a', 'A')]]))
    const records = encodeCheckpoint(1)
    const reply = await committer.commit({
      ...request([]),
      kind: 'checkpoint',
      records,
      transactionCount: 0,
    })
    expect(reply.status).toBe('committed')
    expect(committer.page.getU64('checkpoint')).toBe(1)
    const frames = await framesOf(volume)
    expect(frames.map(({ header }) => [header.kind, header.transactionCount])).toEqual([
      [FrameKind.commit, 1],
      [FrameKind.checkpoint, 0],
    ])
  })

  it('keeps the order of calls with two and with forty in flight', async () => {
    const { volume, committer } = await openJournal(disk(), await tempDirectory(), {
      segmentBytes: 1 << 20,
    })
    const calls = Array.from({ length: 40 }, (_, at) =>
      committer.commit(request([[create(`p/${at}`, `${at}`)]])),
    )
    const finished: number[] = []
    for (const [at, call] of calls.entries()) void call.then(() => finished.push(at))
    const replies = await Promise.all(calls)
    expect(replies.map(({ to }) => to.lsn)).toEqual(calls.map((_, at) => at + 1))
    expect(replies.slice(1).map(({ from }) => from)).toEqual(
      replies.slice(0, -1).map(({ to }) => to),
    )
    expect(finished).toEqual(calls.map((_, at) => at))
    // Of two creates of one path the first call wins.
    const [winner, loser] = await Promise.all([
      committer.commit(request([[create('same', 'first')]])),
      committer.commit(request([[create('same', 'second')]])),
    ])
    expect([codes(winner), codes(loser)]).toEqual([[undefined], ['EEXIST']])
    expect(Buffer.from((await volume.read('same')) ?? []).toString()).toBe('first')
  })

  it('refuses bytes that no encoder wrote, and goes on', async () => {
    const { committer } = await openJournal(disk(), await tempDirectory())
    const good = request([[create('a', 'A')]])
    for (let cut = 1; cut < good.records.length; cut++) {
      const bad = { ...good, records: good.records.subarray(0, cut) }
      expect((await failure(committer.commit(bad))).code).toBe('EINVAL')
    }
    expect((await failure(committer.commit({ ...good, transactionCount: 2 }))).code).toBe('EINVAL')
    expect((await committer.commit(good)).status).toBe('committed')
  })

  it('leaves the page readable after close', async () => {
    const { volume, committer } = await openJournal(disk(), await tempDirectory())
    await committer.commit(request([[create('a', 'A')]]))
    await committer.close()
    await volume.close()
    expect(committer.page.generation).toBe(1)
    expect((await failure(committer.flush())).code).toBe('EBADF')
    expect((await failure(volume.read('a'))).code).toBe('EBADF')
    expect(volume.readHot('a')).toBeUndefined()
  })
})

import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Disk } from '../../../../src/disk/disk.js'
import { decodeCheckpoint, encodeCheckpoint, FrameKind } from '../../../../src/format/frame.js'
import { PageState } from '../../../../src/format/page.js'
import {
  decodeRecords,
  encodeExternal,
  OperationKind,
  type RecordOperation,
} from '../../../../src/format/record.js'
import { modeHere } from '../../../support/modes.js'
import { tempDirectory } from '../../../support/temp.js'
import {
  beginSegment,
  check,
  codes,
  create,
  framesOf,
  openJournal,
  openVolume,
  operation,
  readable,
  remove,
  replace,
  request,
  text,
} from '../support.js'

export function commitContract(makeDisk: () => Disk): void {
  committedContract(makeDisk)
  orderContract(makeDisk)
  refusedContract(makeDisk)
}

function committedContract(makeDisk: () => Disk): void {
  it('creates, replaces and removes in one commit, and leaves one frame', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    await volume.write('old/replaced', text('before'), { replace: false, flush: false })
    await volume.write('gone/deep/file', text('before'), { replace: false, flush: false })
    const operations = [
      create('new/deep/file', 'created'),
      replace('old/replaced', 'after'),
      replace('fresh', 'made by replace'),
      remove('gone/deep/file'),
    ]
    const reply = await committer.commit(request([operations]))
    expect(reply).toMatchObject({ status: 'committed', outcomes: [undefined] })
    expect(reply.from).toEqual({ segment: 1, offset: 4096, lsn: 0, chain: 0 })
    expect(reply.to).toMatchObject({ segment: 1, offset: 8192, lsn: 1 })
    expect(readable(await volume.read('new/deep/file'))).toBe('created')
    expect(readable(await volume.read('old/replaced'))).toBe('after')
    expect(readable(await volume.read('fresh'))).toBe('made by replace')
    expect(await volume.stat('gone')).toBeUndefined()
    expect(await volume.stat('new/deep/file')).toMatchObject({ links: 1, mode: modeHere(0o600) })
    expect(await volume.stat('new/deep')).toMatchObject({ mode: modeHere(0o700) })
    expect(await volume.list('.tmp')).toEqual([])
    const [frame, ...more] = await framesOf(volume)
    expect(more).toEqual([])
    const header = { kind: FrameKind.commit, lsn: 1, transactionCount: 1, durableThrough: 0 }
    expect(frame?.header).toMatchObject({ ...header, timeMs: 1_700_000_000_000 })
    expect(decodeRecords(frame?.payload ?? text('x'))).toEqual([operations])
    expect(frame?.end).toEqual(reply.to)
  })

  it('advances the page over what it committed', async () => {
    const { committer } = await openJournal(makeDisk(), await tempDirectory())
    const { page } = committer
    const first = await committer.commit(request([[create('a', 'A')]]))
    const second = await committer.commit(request([[create('b', 'B')]], { flush: false }))
    expect(second.from).toEqual(first.to)
    expect(page.position).toEqual(second.to)
    expect([page.getU64('published'), page.getU64('durable')]).toEqual([2, 1])
    expect([page.generation, page.state]).toEqual([2, PageState.idle])
    await committer.flush()
    expect(page.getU64('durable')).toBe(2)
  })

  it('publishes an external file and takes its staged name away', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    const content = new Uint8Array(600_000).fill(7)
    const stage = async (name: string): Promise<Uint8Array> => {
      await volume.write(name, content, { replace: false, flush: true })
      return encodeExternal({
        stagedPath: name,
        bytes: content.length,
        digest: new Uint8Array(32),
      })
    }
    const created = await stage('.tmp/staged.tmp.one')
    const replaced = await stage('.tmp/staged.tmp.two')
    const reply = await committer.commit(
      request([
        [operation(OperationKind.create, 'blobs/big', created, true)],
        [operation(OperationKind.replace, 'blobs/other', replaced, true)],
      ]),
    )
    expect(codes(reply)).toEqual([undefined, undefined])
    expect((await volume.read('blobs/big'))?.length).toBe(content.length)
    expect(await volume.stat('blobs/big')).toMatchObject({ links: 1 })
    expect((await volume.stat('blobs/other'))?.bytes).toBe(content.length)
    expect(await volume.list('.tmp')).toEqual([])
    // The journal holds the note, not the content.
    expect(reply.to.offset - reply.from.offset).toBe(4096)
  })

  it('removes a file that has to hold certain bytes only if it does', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    await committer.commit(request([[create('same', 'A')], [create('other', 'B')]]))
    const remove = (path: string, expected: string): RecordOperation =>
      operation(OperationKind.remove, path, text(expected))
    const reply = await committer.commit(
      request([
        [create('kept/one', 'x'), remove('other', 'A')],
        [create('kept/two', 'y'), remove('same', 'A')],
        [remove('absent', 'A')],
      ]),
    )
    expect(codes(reply)).toEqual(['ECHANGED', undefined, 'ENOENT'])
    expect(readable(await volume.read('other'))).toBe('B')
    expect(await volume.stat('same')).toBeUndefined()
    expect(await volume.stat('kept/one')).toBeUndefined()
    expect(readable(await volume.read('kept/two'))).toBe('y')
  })

  it('replaces a file that has to hold certain bytes only if it does, external contents too', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    await committer.commit(request([[create('same', 'A'), create('other', 'B')]]))
    await volume.makeDirectory('folder')
    const swap = (path: string, expected: string, content: string): RecordOperation => ({
      ...replace(path, content),
      expected: text(expected),
    })
    const content = new Uint8Array(300_000).fill(7)
    await volume.write('.tmp/staged', content, { replace: false, flush: true })
    const external = encodeExternal({
      stagedPath: '.tmp/staged',
      bytes: content.length,
      digest: createHash('sha256').update(content).digest(),
    })
    const large = (path: string, expected: string): RecordOperation => ({
      ...operation(OperationKind.replace, path, external, true),
      expected: text(expected),
    })
    const reply = await committer.commit(
      request([
        [create('kept/one', 'x'), swap('other', 'A', 'new')],
        [create('kept/two', 'y'), swap('same', 'A', 'new')],
        [swap('absent', 'A', 'new')],
        [swap('folder', 'A', 'new')],
      ]),
    )
    expect(codes(reply)).toEqual(['ECHANGED', undefined, 'ECHANGED', 'EISDIR'])
    expect(readable(await volume.read('other'))).toBe('B')
    expect(readable(await volume.read('same'))).toBe('new')
    expect(await volume.stat('kept/one')).toBeUndefined()
    expect(readable(await volume.read('kept/two'))).toBe('y')
    expect(codes(await committer.commit(request([[large('same', 'A')]])))).toEqual(['ECHANGED'])
    expect(codes(await committer.commit(request([[large('same', 'new')]])))).toEqual([undefined])
    expect((await volume.read('same'))?.length).toBe(content.length)
  })

  it('decides checks with the changes beside them, and journals the changes alone', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    await committer.commit(request([[create('here', 'A'), create('d/deep', 'B')]]))
    const reply = await committer.commit(
      request([
        [check('here', 'present'), create('1', 'x')],
        [create('2', 'x'), check('missing/there', 'absent')],
        [check('d/deep', { holds: 'B' }), replace('3', 'x'), check('d/none', 'absent')],
        [create('4', 'x'), check('nowhere/there', 'present')],
        [create('5', 'x'), check('d', 'absent')],
        [check('d', 'present'), create('6', 'x')],
        [check('d/deep2', { holds: 'C' }), create('7', 'x')],
      ]),
    )
    expect(reply.status).toBe('committed')
    expect(reply.outcomes).toEqual([
      undefined,
      undefined,
      undefined,
      { code: 'ENOENT', phase: 'check', syscall: 'check', path: 'nowhere/there' },
      { code: 'EEXIST', phase: 'check', syscall: 'check', path: 'd' },
      { code: 'ENOENT', phase: 'check', syscall: 'check', path: 'd' },
      { code: 'ENOENT', phase: 'check', syscall: 'check', path: 'd/deep2' },
    ])
    const other = await committer.commit(request([[check('d/deep', { holds: 'C' })]]))
    expect(codes(other)).toEqual(['ECHANGED'])
    expect(other.to).toEqual(reply.to)
    const frames = await framesOf(volume)
    expect(decodeRecords(frames[1]?.payload ?? text('x'))).toEqual([
      [create('1', 'x')],
      [create('2', 'x')],
      [replace('3', 'x')],
    ])
    const names = (await volume.list('')) ?? []
    expect(names.map(({ name }) => name)).not.toContain('missing')
    expect(await volume.stat('4')).toBeUndefined()
  })

  it('commits a transaction of checks alone', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    const reply = await committer.commit(
      request([[check('a', 'absent')], [create('b', 'B')], [check('a', 'present')]]),
    )
    expect(codes(reply)).toEqual([undefined, undefined, 'ENOENT'])
    const [frame] = await framesOf(volume)
    expect(decodeRecords(frame?.payload ?? text('x'))).toEqual([[], [create('b', 'B')]])
  })

  it('writes a checkpoint frame and notes what needs no redo', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    await committer.commit(request([[create('a', 'A')]]))
    const records = encodeCheckpoint(1)
    const reply = await committer.commit(
      request([], { kind: 'checkpoint', records, transactionCount: 0 }),
    )
    expect(reply).toMatchObject({ status: 'committed', outcomes: [], to: { lsn: 2 } })
    expect(committer.page.getU64('checkpoint')).toBe(1)
    const frame = (await framesOf(volume))[1]
    expect(frame?.header).toMatchObject({ kind: FrameKind.checkpoint, transactionCount: 0 })
    expect(decodeCheckpoint(frame?.payload ?? records)).toBe(1)
  })

  it('answers an empty commit without writing', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    const reply = await committer.commit(request([]))
    expect(reply).toMatchObject({ status: 'committed', outcomes: [] })
    expect(reply.to).toEqual(reply.from)
    expect(await framesOf(volume)).toEqual([])
  })
}

function orderContract(makeDisk: () => Disk): void {
  it('serves calls in their order', async () => {
    const directory = await tempDirectory()
    const { volume, committer } = await openJournal(makeDisk(), directory, {
      segmentBytes: 1 << 20,
    })
    const answered: number[] = []
    const calls = Array.from({ length: 40 }, async (_, index) => {
      const bytes = index % 2 === 0 ? 3000 : 10
      const reply = await committer.commit(request([[create(`f${index}`, 'x'.repeat(bytes))]]))
      answered.push(index)
      return reply
    })
    const replies = await Promise.all(calls)
    expect(replies.map(({ to }) => to.lsn)).toEqual(replies.map((_, index) => index + 1))
    expect(answered).toEqual(replies.map((_, index) => index))
    expect(await framesOf(volume)).toHaveLength(40)
  })

  it('lets a later batch use the directory that an earlier one has emptied', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    await committer.commit(request([[create('d/e/first', '1')]]))
    const replies = await Promise.all([
      committer.commit(request([[remove('d/e/first')], [create('d/e/second', '2')]])),
      committer.commit(request([[remove('d/e/second')]])),
      committer.commit(request([[create('d/e/third', '3')]])),
    ])
    expect(replies.flatMap(codes)).toEqual([undefined, undefined, undefined, undefined])
    expect((await volume.list('d/e'))?.map(({ name }) => name)).toEqual(['third'])
  })

  it('has one winner when two committers create the same file', async () => {
    const directory = await tempDirectory()
    const disk = makeDisk()
    const first = await openJournal(disk, directory, { segmentBytes: 1 << 20 })
    const volume = await openVolume(disk, directory)
    const second = await volume.openCommitter({ lockPath: '.lock', pagePath: '.shared' })
    await second.useSegment(1, '.journal/000000000001.log')
    const rounds = Array.from({ length: 15 }, (_, index) => `race/${index}`)
    const outcomes = await Promise.all(
      rounds.flatMap((path) =>
        [first.committer, second].map(async (committer) => {
          const [code] = codes(await committer.commit(request([[create(path, 'x')]])))
          return code
        }),
      ),
    )
    expect(outcomes.filter((code) => code === undefined)).toHaveLength(15)
    expect(outcomes.filter((code) => code === 'EEXIST')).toHaveLength(15)
    expect((await framesOf(volume)).map(({ header }) => header.lsn)).toHaveLength(15)
  })
}

function refusedContract(makeDisk: () => Disk): void {
  it('leaves a refused transaction no directory but those that were there', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    await volume.makeDirectory('user/empty')
    await volume.write('taken', text('theirs'), { replace: false, flush: false })
    const reply = await committer.commit(
      request([
        [create('user/empty/below/file', 'x'), create('taken', 'mine')],
        [create('fresh/deep/file', 'x'), remove('absent')],
        [create('shared/kept', 'K')],
        [create('shared/own/file', 'x'), replace('user', 'x')],
      ]),
    )
    expect(codes(reply)).toEqual(['EEXIST', 'ENOENT', undefined, 'EISDIR'])
    expect(await volume.list('user/empty')).toEqual([])
    expect(await volume.stat('fresh')).toBeUndefined()
    expect((await volume.list('shared'))?.map(({ name }) => name)).toEqual(['kept'])
  })

  it('says full, and does nothing, when the frame does not fit', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory(), {
      segmentBytes: 4 * 4096,
    })
    const reply = await committer.commit(request([[create('big', 'x'.repeat(9000))]]))
    expect(reply.status).toBe('full')
    expect(reply.to).toEqual(reply.from)
    expect(await volume.stat('big')).toBeUndefined()
    expect(await volume.list('.tmp')).toEqual([])
    expect(committer.page.state).toBe(PageState.idle)
    const fits = await committer.commit(request([[create('small', 'x'.repeat(8000))]]))
    expect(fits).toMatchObject({ status: 'committed', to: { offset: 3 * 4096 } })
    expect((await committer.commit(request([[create('more', 'x')]]))).status).toBe('full')
  })

  it('says moved when the journal goes on in another segment', async () => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    committer.page.setU64('segment', 2)
    const reply = await committer.commit(request([[create('file', 'x')]]))
    expect(reply.status).toBe('moved')
    expect(await volume.stat('file')).toBeUndefined()
    await beginSegment(volume, committer, 2)
    expect((await committer.commit(request([[create('file', 'x')]]))).status).toBe('committed')
  })

  it.each([
    ['unclean', PageState.committing],
    ['poisoned', PageState.poisoned],
  ])('says %s, and does nothing, after a writer that failed', async (status, state) => {
    const { volume, committer } = await openJournal(makeDisk(), await tempDirectory())
    committer.page.state = state
    const reply = await committer.commit(request([[create('file', 'x')]]))
    expect(reply.status).toBe(status)
    expect(committer.page.state).toBe(state)
    expect(await volume.stat('file')).toBeUndefined()
    expect(await volume.list('.tmp')).toEqual([])
    committer.page.state = PageState.idle
    expect((await committer.commit(request([[create('file', 'x')]]))).status).toBe('committed')
  })
}

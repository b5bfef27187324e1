import { describe, expect, it } from 'vitest'
import { commitBatch } from '../../../../src/disk/portable/commit.js'
import type { CommitState } from '../../../../src/disk/portable/commit-primitives.js'
import type { CommitReply, CommitRequest } from '../../../../src/disk/disk.js'
import { DiskError } from '../../../../src/disk/disk-error.js'
import { crc32c } from '../../../../src/format/crc32c.js'
import { BLOCK_BYTES, decodeFrame, decodeVoid, FrameKind } from '../../../../src/format/frame.js'
import { PageState, type JournalPosition } from '../../../../src/format/page.js'
import {
  decodeRecords,
  encodeExternal,
  OperationKind,
  type RecordOperation,
} from '../../../../src/format/record.js'
import { MemoryPrimitives } from './memory-primitives.js'
import { codes, create, operation, remove, replace, request, SALT, text } from '../support.js'

const TRANSACTIONS = [
  [create('a', 'A'), create('b', 'B')],
  [replace('c', 'new'), remove('d'), create('f', 'F')],
  [remove('g'), remove('h')],
  [create('e', 'E')],
]

describe('a commit whose n-th step fails', () => {
  it.each([
    ['once', (call: number, at: number) => call === at],
    ['and every one after it', (call: number, at: number) => call >= at],
  ])('is all or nothing for each transaction (%s)', async (_name, fails) => {
    const seen = new Set<string>()
    for (let at = 0; ; at++) {
      const disk = newDisk()
      disk.failAt = (call) => fails(call, at)
      const state = disk.newState()
      const outcome = await commit(disk, state, request(TRANSACTIONS))
      const name = disk.calls[at]
      if (name === undefined) break
      seen.add(name)
      expect(disk.locked).toBe(false)
      if (outcome instanceof DiskError) checkRejected(disk, state)
      else checkReplied(disk, state, outcome)
    }
    expect(seen).toContain('flush')
    expect(seen).toContain('publishOver')
  })

  it('never runs a second flush on a segment whose flush has failed', async () => {
    const disk = newDisk()
    disk.failAt = (_call, name) => name === 'flush'
    const state = disk.newState()
    expect(await commit(disk, state, request(TRANSACTIONS))).toMatchObject({ phase: 'frame_flush' })
    expect(state.page.state).toBe(PageState.poisoned)
    expect(await commit(disk, state, request([[create('z', 'Z')]]))).toMatchObject({
      status: 'poisoned',
    })
    expect(disk.calls.filter((name) => name === 'flush')).toHaveLength(1)
    expect(disk.staged.size).toBe(0)
    expect(contents(disk)).toEqual(BEFORE)
  })
})

describe('a transaction that cannot be published', () => {
  it('is withdrawn by a frame of its own, and the others are kept', async () => {
    const disk = newDisk()
    const state = disk.newState()
    // The third: the first of the second transaction is published by then, and has to go again.
    failNth(disk, 'publishNew', 2)
    const reply = await commit(disk, state, request([[create('x', 'X')], TRANSACTIONS[0] ?? []]))
    expect(codes(reply as CommitReply)).toEqual([undefined, 'EIO'])
    expect(reply).toMatchObject({ status: 'committed', to: { lsn: 2, offset: 3 * BLOCK_BYTES } })
    expect(contents(disk)).toEqual({ ...BEFORE, x: 'X' })
    expect(disk.calls.filter((name) => name === 'flush')).toHaveLength(2)
    expect(journalled(disk)).toEqual([[create('x', 'X')]])
    expect(state.page.getU64('durable')).toBe(2)
  })

  it('is not begun without the room to withdraw it', async () => {
    const disk = newDisk()
    const state = disk.newState()
    if (state.segment === undefined) throw new Error('no segment')
    state.segment = { ...state.segment, bytes: 2 * BLOCK_BYTES }
    failNth(disk, 'publishNew', 0)
    const outcome = await commit(disk, state, request([[create('x', 'X')]]))
    expect(outcome).toMatchObject({ status: 'full' })
    expect(state.page.state).toBe(PageState.idle)
    expect(disk.calls).not.toContain('append')
  })

  it('leaves a takeover behind when withdrawing it fails', async () => {
    const disk = newDisk()
    const state = disk.newState()
    let appends = 0
    disk.failAt = (_, name) => name === 'publishNew' || (name === 'append' && appends++ === 1)
    const outcome = await commit(disk, state, request([[create('x', 'X')]]))
    expect(outcome).toMatchObject({ phase: 'publish' })
    // Flushed and not published; what was appended behind it must never be flushed again.
    expect(state.page.getU64('committed')).toBe(state.page.getU64('published') + 1)
    expect(state.page.state).toBe(PageState.poisoned)
    disk.failAt = () => false
    expect(await commit(disk, state, request([[create('y', 'Y')]]))).toMatchObject({
      status: 'poisoned',
    })
  })
})

describe('a large content, which the journal does not hold,', () => {
  it('has neither name nor frame when its new name cannot be flushed, and is still the caller’s', async () => {
    const disk = newDisk()
    disk.staged.set('.tmp/large', text('L'))
    disk.look = async (path) => {
      const content = disk.files.get(path) ?? disk.staged.get(path)
      return await Promise.resolve(content && { kind: 'file', bytes: content.length })
    }
    failNth(disk, 'flushParent', 0)
    const note = { stagedPath: '.tmp/large', bytes: 1, digest: new Uint8Array(32) }
    const large = operation(OperationKind.create, 'l', encodeExternal(note), true)
    const reply = await commit(disk, disk.newState(), request([[large]]))
    expect(codes(reply as CommitReply)).toEqual(['EIO'])
    expect(contents(disk)).toEqual(BEFORE)
    expect(journalled(disk)).toEqual([])
    expect([...disk.staged.keys()]).toEqual(['.tmp/large'])
  })
})

describe('a batch for which the descriptors do not suffice', () => {
  it('is postponed from there on, while something else was staged', async () => {
    const disk = newDisk()
    let open = 0
    disk.stage = async (content) => {
      if (open++ >= 2) throw new DiskError('EMFILE', 'open', '')
      return await MemoryPrimitives.prototype.stage.call(disk, content)
    }
    const batch = ['1', '2', '3', '4'].map((name) => [create(name, name)])
    const reply = (await commit(disk, disk.newState(), request(batch))) as CommitReply
    expect(reply.status).toBe('committed')
    const first = codes(reply).indexOf('EMFILE')
    expect(first).toBeGreaterThan(0)
    expect(codes(reply).slice(first)).toEqual(batch.slice(first).map(() => 'EMFILE'))
    expect(reply.outcomes[first]).toMatchObject({ phase: 'stage' })
    expect(disk.staged.size).toBe(0)
  })

  it('fails with the cause when nothing could be staged', async () => {
    const disk = newDisk()
    disk.stage = async () => await Promise.reject(new DiskError('EMFILE', 'open', ''))
    const reply = await commit(disk, disk.newState(), request([[create('1', '1')]]))
    expect(codes(reply as CommitReply)).toEqual(['EMFILE'])
  })
})

describe('commits in flight', () => {
  it('stage the next batch while the one before is flushed', async () => {
    const disk = newDisk()
    const state = disk.newState()
    const replies = await Promise.all(
      ['1', '2', '3'].map(async (name) => {
        return await commitBatch(disk, state, request([[create(name, name)]]))
      }),
    )
    expect(replies.map(({ to }) => to.lsn)).toEqual([1, 2, 3])
    expect(disk.calls.lastIndexOf('stage')).toBeLessThan(disk.calls.indexOf('flush'))
  })

  it('are served after one that was rejected', async () => {
    const disk = newDisk()
    const state = disk.newState()
    let locks = 0
    disk.failAt = (_call, name) => name === 'lock' && locks++ === 0
    const first = commit(disk, state, request([[create('1', '1')]]))
    const second = commit(disk, state, request([[create('2', '2')]]))
    expect(await first).toMatchObject({ code: 'EIO' })
    expect(await second).toMatchObject({ status: 'committed', to: { lsn: 1 } })
  })

  it('are refused when their count is not that of their records', async () => {
    const disk = newDisk()
    const wrong = { ...request([[create('1', '1')]]), transactionCount: 2 }
    await expect(commitBatch(disk, disk.newState(), wrong)).rejects.toThrow(
      'Field "transactionCount" must be the number of records, 1, got 2',
    )
  })
})

const BEFORE = { c: 'old', d: 'D', g: 'G', h: 'H' }

function newDisk(): MemoryPrimitives {
  const disk = new MemoryPrimitives()
  for (const [path, content] of Object.entries(BEFORE)) disk.files.set(path, text(content))
  return disk
}

function failNth(disk: MemoryPrimitives, step: string, nth: number): void {
  let count = 0
  disk.failAt = (_call, name) => name === step && count++ === nth
}

async function commit(
  disk: MemoryPrimitives,
  state: CommitState,
  given: CommitRequest,
): Promise<CommitReply | DiskError> {
  try {
    return await commitBatch(disk, state, given)
  } catch (error) {
    if (error instanceof DiskError) return error
    throw error
  }
}

function checkRejected(disk: MemoryPrimitives, state: CommitState): void {
  // Before the commit point nothing has happened; after it, the journal alone can tell, and it can.
  const { page } = state
  const isOver = page.getU64('committed') === page.getU64('published')
  if (isOver) expect(contents(disk)).toEqual(BEFORE)
  else expect(journalled(disk)).not.toEqual([])
}

function checkReplied(disk: MemoryPrimitives, state: CommitState, reply: CommitReply): void {
  expect(reply.status).toBe('committed')
  expect(state.page.state).toBe(PageState.idle)
  expect(state.page.getU64('published')).toBe(state.page.getU64('committed'))
  const committed = TRANSACTIONS.filter((_, index) => reply.outcomes[index] === undefined)
  expect(journalled(disk)).toEqual(committed)
  expect(contents(disk)).toEqual(applied(committed))
  // What could not be discarded is all that may be left.
  if (!disk.calls.includes('discard')) expect(disk.staged.size).toBe(0)
}

function applied(transactions: readonly (readonly RecordOperation[])[]): Record<string, string> {
  const files = new Map<string, string>(Object.entries(BEFORE))
  for (const { kind, path, content } of transactions.flat()) {
    if (kind === OperationKind.remove) files.delete(path)
    else files.set(path, new TextDecoder().decode(content))
  }
  return Object.fromEntries(files)
}

function contents(disk: MemoryPrimitives): Record<string, string> {
  const entries = [...disk.files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)])
  return Object.fromEntries(entries) as Record<string, string>
}

/** The transactions that the journal holds and has not withdrawn. */
function journalled({ segment }: MemoryPrimitives): RecordOperation[][] {
  let position: JournalPosition = { segment: 1, offset: BLOCK_BYTES, lsn: 0, chain: 0 }
  let transactions: RecordOperation[][] = []
  for (;;) {
    const frame = decodeFrame(segment, 0, position, SALT, crc32c)
    if (frame === undefined) return transactions
    if (frame.header.kind === FrameKind.void) {
      const { places } = decodeVoid(frame.payload)
      transactions = transactions.filter((_, place) => !places.has(place))
    } else {
      transactions = [...transactions, ...decodeRecords(frame.payload)]
    }
    position = frame.end
  }
}

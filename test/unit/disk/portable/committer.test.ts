import { describe, expect, it } from 'vitest'
import { Operations } from '../../../../src/disk/node-calls.js'
import { PortableCommitter } from '../../../../src/disk/portable/committer.js'
import { createPage } from '../../../../src/disk/portable/journal-files.js'
import { LockTable } from '../../../../src/disk/portable/locks.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import { segmentPath } from '../../../../src/format/layout.js'
import { tempDirectory } from '../../../support/temp.js'
import { gate } from '../../../support/intercepted-disk.js'
import { beginSegment, codes, create, failure, openJournal, remove, request } from '../support.js'

const AT_ONCE = { timeoutMs: 0 }
const UNFLUSHED = { flush: false }

async function newCommitter() {
  const root = new PortableRoot(await tempDirectory(), 0o600, 0o700)
  const [locks, operations] = [new LockTable(), new Operations()]
  const committer = new PortableCommitter({
    root,
    locks,
    lockPath: '.lock',
    page: await createPage(root, '.shared'),
    run: async (_name, work) => await work(),
    operations,
  })
  return { committer, locks, operations }
}

describe('the writer lock of the portable disk', () => {
  it('is kept until abandoned changes that were made under it have returned', async () => {
    const { committer, locks, operations } = await newCommitter()
    const hanging = gate()
    await committer.lock(AT_ONCE)
    operations.abandonedChanges.note('call', hanging.opened)
    await committer.unlock()
    expect((await failure(locks.acquire('.lock', 'exclusive', AT_ONCE))).code).toBe('ELOCKTIMEOUT')
    const next = locks.acquire('.lock', 'exclusive', { timeoutMs: 5000 })
    hanging.open()
    await (await next).release()
  })

  it('is released when the committer closes, which then takes no call', async () => {
    const { committer, locks } = await newCommitter()
    await committer.lock(AT_ONCE)
    await Promise.all([committer.close(), committer.close()])
    await (await locks.acquire('.lock', 'exclusive', AT_ONCE)).release()
    expect(await failure(committer.lock(AT_ONCE))).toMatchObject({ code: 'EBADF', phase: 'lock' })
    expect((await failure(committer.commit(request([[create('a', 'A')]])))).code).toBe('EBADF')
    expect((await failure(committer.flush())).code).toBe('EBADF')
  })
})

describe('the flush of a segment', () => {
  it('makes durable what was written before it', async () => {
    const { committer } = await openJournal(portableDisk, await tempDirectory())
    await committer.commit(request([[create('a', 'A')]], UNFLUSHED))
    await committer.commit(request([[create('b', 'B')]], UNFLUSHED))
    const { page } = committer
    expect([page.getU64('committed'), page.getU64('durable')]).toEqual([2, 0])
    await committer.flush()
    expect(page.getU64('durable')).toBe(2)
  })

  it('says nothing of another segment, in which the journal goes on', async () => {
    const { volume, committer } = await openJournal(portableDisk, await tempDirectory())
    const late = await volume.openCommitter({ lockPath: '.lock', pagePath: '.shared' })
    await late.useSegment(1, segmentPath(1))
    await committer.commit(request([[create('a', 'A')]], UNFLUSHED))
    await beginSegment(volume, committer, 2)
    await committer.commit(request([[create('b', 'B')]], UNFLUSHED))
    const { page } = committer
    const before = page.getU64('durable')
    await late.flush()
    expect(page.getU64('durable')).toBe(before)
  })
})

describe('a segment', () => {
  it('that cannot be opened leaves the one before in use', async () => {
    const { committer } = await openJournal(portableDisk, await tempDirectory())
    expect((await failure(committer.useSegment(2, 'missing'))).code).toBe('ENOENT')
    const reply = await committer.commit(request([[create('a', 'A')]]))
    expect([reply.status, ...codes(reply)]).toEqual(['committed', undefined])
  })
})

it('a removal below a file finds nothing there, and a new file there is refused', async () => {
  const { committer } = await openJournal(portableDisk, await tempDirectory())
  await committer.commit(request([[create('file', 'x')]]))
  const below = request([[create('file/below', 'x')], [remove('file/other')]])
  const { outcomes } = await committer.commit(below)
  expect(outcomes[0]).toMatchObject({ code: 'ENOTDIR', phase: 'stage' })
  expect(outcomes[1]).toMatchObject({ code: 'ENOENT', phase: 'check' })
})

import { describe, expect, it, onTestFinished } from 'vitest'
import { NativeCalls } from '../../../../src/disk/native/calls.js'
import { NativeCommitter } from '../../../../src/disk/native/committer.js'
import { tempDirectory } from '../../../support/temp.js'
import { binding } from '../../native/support.js'
import { gate } from '../../../support/intercepted-disk.js'
import { failure } from '../support.js'

const AT_ONCE = { timeoutMs: 0 }
const SOON = { timeoutMs: 10_000 }

/** Two committers of one store, each with calls of its own, as two volumes have them. */
async function twoCommitters(ioTimeoutMs = 5000) {
  const directory = await tempDirectory()
  const open = async () => {
    const addon = binding()
    // Only what is under test may be late.
    const patient = new NativeCalls(addon, 60_000)
    const { handle } = await patient.run({ syscall: 'open', path: '', phase: 'call' }, (call) =>
      addon.openVolume(call, directory, true, 0o600, 0o700, '.tmp/', false),
    )
    const opened = await patient.run({ syscall: 'open', path: '', phase: 'call' }, (call) =>
      addon.openCommitter(call, handle, '.lock', '.shared', 1000),
    )
    const calls = new NativeCalls(addon, ioTimeoutMs)
    const siblings = new Set<NativeCommitter>()
    const committer = new NativeCommitter(addon, calls, opened, siblings)
    siblings.add(committer)
    // Windows removes no file that is mapped.
    onTestFinished(async () => {
      await committer.close()
      addon.closeVolume(handle)
    })
    return { committer, calls, siblings }
  }
  return [await open(), await open()] as const
}

describe('the writer lock of the native disk', () => {
  it('is kept until abandoned changes that were made under it have returned', async () => {
    const [{ committer, calls }, other] = await twoCommitters()
    const hanging = gate()
    await committer.lock(AT_ONCE)
    calls.abandoned.note('call', hanging.opened)
    await committer.unlock()
    expect((await failure(other.committer.lock(AT_ONCE))).code).toBe('ELOCKTIMEOUT')
    const again = committer.lock(SOON)
    hanging.open()
    await again
    await committer.unlock()
    await other.committer.lock(SOON)
  })

  it('is refused in time to its own committer while it is kept', async () => {
    const [{ committer, calls }] = await twoCommitters(50)
    const hanging = gate()
    await committer.lock(AT_ONCE)
    calls.abandoned.note('call', hanging.opened)
    await committer.unlock()
    const late = await failure(committer.lock({ timeoutMs: 10 }))
    expect(late).toMatchObject({ code: 'ETIMEDOUT', phase: 'lock' })
    hanging.open()
    await calls.abandoned.back()
    await expect.poll(async () => await committer.lock(AT_ONCE).then(() => 'held')).toBe('held')
  })

  it('goes to the next when a wait for it is aborted', async () => {
    const [{ committer }, other] = await twoCommitters()
    await committer.lock(AT_ONCE)
    const stop = new AbortController()
    const reason = new Error('no longer wanted')
    const aborted = other.committer.lock({ ...SOON, signal: stop.signal })
    stop.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    await committer.unlock()
    await other.committer.lock(AT_ONCE)
  })
})

describe('a committer that is closed', () => {
  it('lets its calls end, leaves its volume, and takes no other', async () => {
    const [{ committer, siblings }] = await twoCommitters()
    const locking = committer.lock(AT_ONCE)
    await Promise.all([committer.close(), committer.close()])
    await locking
    expect(siblings.size).toBe(0)
    expect(await failure(committer.flush())).toMatchObject({ code: 'EBADF', phase: 'flush' })
    expect(committer.page.getU64('committed')).toBe(0)
  })
})

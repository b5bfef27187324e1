import { describe, expect, it } from 'vitest'
import { untilAborted } from '../../../../src/disk/native/lock.js'
import { tempDirectory } from '../../../support/temp.js'
import { binding, disk } from '../../native/support.js'
import { failure, openVolume } from '../support.js'

const AT_ONCE = { timeoutMs: 0 }
const SOON = { timeoutMs: 10_000 }

describe('a kernel lock', () => {
  it('is shared after a downgrade, and free after a release, however often', async () => {
    const directory = await tempDirectory()
    const [mine, other] = [await openVolume(disk(), directory), await openVolume(disk(), directory)]
    const lock = await mine.lock('.lock', 'exclusive', AT_ONCE)
    expect((await failure(other.lock('.lock', 'shared', AT_ONCE))).code).toBe('ELOCKTIMEOUT')
    await lock.downgrade()
    expect(lock.mode).toBe('shared')
    const sharing = await other.lock('.lock', 'shared', AT_ONCE)
    await Promise.all([lock.release(), lock.release()])
    await sharing.release()
    const next = await other.lock('.lock', 'exclusive', AT_ONCE)
    await lock.release()
    expect((await failure(mine.lock('.lock', 'shared', AT_ONCE))).code).toBe('ELOCKTIMEOUT')
    expect((await failure(lock.downgrade())).code).toBe('EBADF')
    await next.release()
  })

  it('is released when its volume closes', async () => {
    const directory = await tempDirectory()
    const [mine, other] = [await openVolume(disk(), directory), await openVolume(disk(), directory)]
    await mine.lock('.lock', 'exclusive', AT_ONCE)
    const waiting = other.lock('.lock', 'exclusive', SOON)
    await mine.close()
    await (await waiting).release()
  })
})

describe('a call that may be aborted', () => {
  it('is not begun when it was aborted before, and needs no signal', async () => {
    const reason = new Error('no longer wanted')
    let begun = 0
    const run = async (): Promise<string> => {
      begun++
      return await Promise.resolve('done')
    }
    await expect(untilAborted(binding(), AbortSignal.abort(reason), run)).rejects.toBe(reason)
    expect(begun).toBe(0)
    expect(await untilAborted(binding(), undefined, run)).toBe('done')
    expect(await untilAborted(binding(), new AbortController().signal, run)).toBe('done')
  })

  it('fails with the reason of the abort, not with what came of it, and leaves no listener', async () => {
    const volume = await openVolume(disk(), await tempDirectory())
    const held = await volume.lock('.lock', 'exclusive', AT_ONCE)
    const stop = new AbortController()
    const reason = new Error('no longer wanted')
    const waiting = volume.lock('.lock', 'exclusive', { ...SOON, signal: stop.signal })
    await new Promise((resolve) => setTimeout(resolve, 20))
    stop.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await held.release()
    await (await volume.lock('.lock', 'exclusive', AT_ONCE)).release()
  })

  it('fails for its own reason while nothing was aborted', async () => {
    const volume = await openVolume(disk(), await tempDirectory())
    await volume.lock('.lock', 'exclusive', AT_ONCE)
    const { signal } = new AbortController()
    const late = await failure(volume.lock('.lock', 'shared', { timeoutMs: 20, signal }))
    expect(late).toMatchObject({ code: 'ELOCKTIMEOUT', phase: 'lock', path: '.lock' })
  })
})

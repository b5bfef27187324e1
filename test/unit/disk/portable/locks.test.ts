import { describe, expect, it } from 'vitest'
import { LockTable } from '../../../../src/disk/portable/locks.js'
import { failure } from '../support.js'

const AT_ONCE = { timeoutMs: 0 }
const SOON = { timeoutMs: 10_000 }

describe('the locks of a store within one thread', () => {
  it('are granted in the order of the calls, and to all that may share at once', async () => {
    const table = new LockTable()
    const order: string[] = []
    const held = await table.acquire('.lock', 'exclusive', AT_ONCE)
    const waiting = (['shared', 'shared', 'exclusive', 'shared'] as const).map(async (mode, at) => {
      const lock = await table.acquire('.lock', mode, SOON)
      order.push(`${mode} ${at}`)
      return lock
    })
    await held.release()
    const [first, second] = await Promise.all(waiting.slice(0, 2))
    expect(order).toEqual(['shared 0', 'shared 1'])
    await first?.release()
    await second?.release()
    await (await waiting[2])?.release()
    await (await waiting[3])?.release()
    expect(order).toEqual(['shared 0', 'shared 1', 'exclusive 2', 'shared 3'])
  })

  it('pass a turn on that is given up, by its deadline or its signal', async () => {
    const table = new LockTable()
    const held = await table.acquire('.lock', 'shared', AT_ONCE)
    const reason = new Error('no longer wanted')
    const stop = new AbortController()
    const late = failure(table.acquire('.lock', 'exclusive', { timeoutMs: 20 }))
    const aborted = table.acquire('.lock', 'exclusive', { ...SOON, signal: stop.signal })
    const behind = table.acquire('.lock', 'exclusive', SOON)
    expect(await late).toMatchObject({ code: 'ELOCKTIMEOUT', phase: 'lock', path: '.lock' })
    stop.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    await held.release()
    await (await behind).release()
    await (await table.acquire('.lock', 'exclusive', AT_ONCE)).release()
  })

  it('go to those that wait behind one that gives up', async () => {
    const table = new LockTable()
    const held = await table.acquire('.lock', 'exclusive', AT_ONCE)
    const late = failure(table.acquire('.lock', 'exclusive', { timeoutMs: 20 }))
    const sharing = table.acquire('.lock', 'shared', { timeoutMs: 5000 })
    await held.downgrade()
    expect((await late).code).toBe('ELOCKTIMEOUT')
    expect((await sharing).mode).toBe('shared')
  })

  it('are not touched by a signal or a deadline once they are granted', async () => {
    const table = new LockTable()
    const stop = new AbortController()
    const held = await table.acquire('.lock', 'exclusive', AT_ONCE)
    const next = table.acquire('.lock', 'exclusive', { timeoutMs: 40, signal: stop.signal })
    await held.release()
    const lock = await next
    stop.abort()
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect((await failure(table.acquire('.lock', 'shared', AT_ONCE))).code).toBe('ELOCKTIMEOUT')
    await lock.release()
  })

  it('are released once: a second release does not free the next holder', async () => {
    const table = new LockTable()
    const first = await table.acquire('.lock', 'exclusive', AT_ONCE)
    const next = table.acquire('.lock', 'exclusive', SOON)
    await first.release()
    await next
    await first.release()
    expect((await failure(table.acquire('.lock', 'shared', AT_ONCE))).code).toBe('ELOCKTIMEOUT')
  })

  it('let those share that wait, after a downgrade', async () => {
    const table = new LockTable()
    const lock = await table.acquire('.lock', 'exclusive', AT_ONCE)
    const sharing = table.acquire('.lock', 'shared', SOON)
    await lock.downgrade()
    expect([lock.mode, (await sharing).mode]).toEqual(['shared', 'shared'])
  })
})

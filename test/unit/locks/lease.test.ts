import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../src/base/errors.js'
import { HeldLease, type Grant } from '../../../src/locks/lease.js'

/** Long enough for a busy machine to renew in. */
const SLOW_MS = 3000
const AWAY = new StorageError('FS-UNAVAILABLE-001', 'away')

/** A server that answers as a test wants. */
function lease(grant: Partial<Grant>, ttlMs = 200) {
  const ended: HeldLease[] = []
  const whole: Grant = {
    token: 7,
    renew: async () => await Promise.resolve(true),
    release: async () => await Promise.resolve(),
    ...grant,
  }
  const held = { name: 'a', ttlMs, askedMs: performance.now() }
  return { lease: new HeldLease(held, whole, (one) => ended.push(one)), ended }
}

async function lossOf({ lost }: HeldLease): Promise<unknown> {
  if (!lost.aborted)
    await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
  return lost.reason
}

describe('a lease', () => {
  it('is renewed again and again until it is released', async () => {
    let renewals = 0
    const renew = async (): Promise<boolean> => await Promise.resolve(++renewals > 0)
    const { lease: held, ended } = lease({ renew }, SLOW_MS)
    while (renewals < 3) await sleep(5)
    await held.release()
    const made = renewals
    await sleep(SLOW_MS / 2)
    expect(renewals).toBe(made)
    expect([held.lost.aborted, ended]).toEqual([false, [held]])
    await expect(held.renew()).rejects.toMatchObject({ code: 'FS-LOCK-002' })
  })

  it('survives renewals that fail while its time lasts', async () => {
    let attempts = 0
    const renew = async (): Promise<boolean> => {
      attempts++
      await Promise.resolve()
      if (attempts % 2 === 1) throw AWAY
      return true
    }
    const { lease: held } = lease({ renew }, SLOW_MS)
    await expect(held.renew()).rejects.toBe(AWAY)
    while (attempts < 4) await sleep(5)
    expect(held.lost.aborted).toBe(false)
    await held.release()
  })

  it('is lost when its time is over without a renewal', async () => {
    const { lease: held } = lease({
      renew: async () => {
        await Promise.resolve()
        throw AWAY
      },
    })
    expect(await lossOf(held)).toMatchObject({
      code: 'FS-LOCK-002',
      message: 'The lock "a" is lost: it was not renewed in time',
      context: { lock: 'a', token: 7 },
    })
    await expect(held.renew()).rejects.toBe(held.lost.reason)
  })

  it('is lost when another holder has it, or its connection has ended', async () => {
    const taken = lease({ renew: async () => await Promise.resolve(false) })
    await expect(taken.lease.renew()).rejects.toMatchObject({ message: /another holder/ })
    const cause = new Error('reset')
    const cut = lease({ onLost: (listener) => void setTimeout(() => listener(cause), 1) })
    expect(await lossOf(cut.lease)).toMatchObject({ code: 'FS-LOCK-002', cause })
  })

  it('is lost when an answer comes after its time, whatever it says', async () => {
    const { lease: held } = lease({
      renew: async () => {
        await sleep(400)
        return true
      },
    })
    await expect(held.renew()).rejects.toMatchObject({ code: 'FS-LOCK-002' })
    expect(held.lost.aborted).toBe(true)
  })

  it('is lost for a thread that was busy for too long', async () => {
    let renewals = 0
    const { lease: held } = lease({
      renew: async () => {
        renewals++
        return await Promise.resolve(true)
      },
    })
    const until = performance.now() + 250
    while (performance.now() < until);
    await expect(held.renew()).rejects.toMatchObject({ code: 'FS-LOCK-002' })
    expect(renewals).toBe(0)
  })

  it('is released after the renewal under way, and once', async () => {
    const order: string[] = []
    const { lease: held } = lease(
      {
        renew: async () => {
          await sleep(20)
          order.push('renewed')
          return true
        },
        release: async () => {
          order.push('released')
          await Promise.resolve()
        },
      },
      60_000,
    )
    const renewing = held.renew()
    await sleep(1)
    await Promise.all([held.release(), held.release()])
    await expect(renewing).rejects.toMatchObject({ code: 'FS-LOCK-002' })
    expect(order).toEqual(['renewed', 'released'])
  })

  it('is released at the end of its block', async () => {
    let released = 0
    {
      await using held = lease({
        release: async () => void (await Promise.resolve(released++)),
      }).lease
      expect(held.token).toBe(7)
    }
    expect(released).toBe(1)
  })
})

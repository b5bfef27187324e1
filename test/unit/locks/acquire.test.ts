import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../src/base/errors.js'
import { Acquirer, type LockDriver } from '../../../src/locks/acquire.js'
import type { Grant } from '../../../src/locks/lease.js'

const AWAY = new StorageError('FS-UNAVAILABLE-001', 'away')

function grantOf(released: () => void = () => undefined): Grant {
  return {
    token: 1,
    renew: async () => await Promise.resolve(true),
    release: async () => await Promise.resolve(released()),
  }
}

function acquirerWith(driver: Partial<LockDriver>): Acquirer {
  return new Acquirer({
    try: async () => await Promise.resolve(grantOf()),
    close: async () => await Promise.resolve(),
    ...driver,
  })
}

describe('an acquisition', () => {
  it('waits for a server that is away, and for a holder', async () => {
    let attempts = 0
    const acquirer = acquirerWith({
      try: async () => {
        attempts++
        await Promise.resolve()
        if (attempts === 1) throw AWAY
        return attempts === 2 ? undefined : grantOf()
      },
    })
    const lease = await acquirer.acquire('a')
    expect([lease.token, attempts]).toEqual([1, 3])
    await acquirer.close()
  })

  it('fails with what it has waited for last', async () => {
    let isAway = true
    const acquirer = acquirerWith({
      try: async () => {
        await Promise.resolve()
        if (isAway) throw AWAY
        return undefined
      },
    })
    await expect(acquirer.acquire('a', { waitMs: 120 })).rejects.toBe(AWAY)
    isAway = false
    await expect(acquirer.acquire('a', { waitMs: 120 })).rejects.toMatchObject({
      code: 'FS-LOCK-001',
      context: { timeout_ms: 120 },
    })
  })

  it('fails at once with any other failure', async () => {
    const denied = new StorageError('FS-PERM-001', 'no')
    const acquirer = acquirerWith({ try: async () => await Promise.reject(denied) })
    await expect(acquirer.acquire('a')).rejects.toBe(denied)
  })

  it('that is aborted at the moment of the grant releases the lock', async () => {
    const ended = new AbortController()
    let released = 0
    const acquirer = acquirerWith({
      try: async () => {
        await Promise.resolve()
        ended.abort(new Error('too late'))
        return grantOf(() => released++)
      },
    })
    const { signal } = ended
    await expect(acquirer.acquire('a', { signal })).rejects.toThrow('too late')
    expect(released).toBe(1)
  })

  it('closes all that it holds, then the driver, and says what failed', async () => {
    const order: string[] = []
    const acquirer = acquirerWith({
      try: async (name) =>
        await Promise.resolve({
          ...grantOf(),
          release: async () => {
            order.push(name)
            await Promise.resolve()
            if (name === 'a') throw AWAY
          },
        }),
      close: async () => await Promise.resolve(void order.push('driver')),
    })
    const leases = [await acquirer.acquire('a'), await acquirer.acquire('b')]
    await expect(acquirer.close()).rejects.toBe(AWAY)
    expect(order).toEqual(['a', 'b', 'driver'])
    for (const { lost } of leases) expect(lost.reason).toMatchObject({ code: 'FS-CLOSED-001' })
  })
})

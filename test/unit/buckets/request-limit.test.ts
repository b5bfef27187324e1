import { describe, expect, it } from 'vitest'
import { RequestLimit } from '../../../src/buckets/request-limit.js'

describe('a limit of requests', () => {
  it('lets that many run, and the others in their order', async () => {
    const limit = new RequestLimit(2)
    const begun: number[] = []
    const ends: (() => void)[] = []
    const all = [0, 1, 2, 3].map(async (at) => {
      await limit.run(async () => {
        begun.push(at)
        await new Promise<void>((resolve) => ends.push(resolve))
      })
    })
    await Promise.resolve()
    expect(begun).toEqual([0, 1])
    for (let at = 0; at < 4; at++) {
      await expect.poll(() => ends.length).toBeGreaterThan(at)
      ends[at]?.()
      await all[at]
    }
    expect(begun).toEqual([0, 1, 2, 3])
  })

  it('makes room after a failure', async () => {
    const limit = new RequestLimit(1)
    await expect(limit.run(async () => await Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await limit.run(async () => await Promise.resolve('yes'))).toBe('yes')
  })
})

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { mapLimited } from '../../../src/base/map-limited.js'

describe('mapLimited', () => {
  it('gives the results in the order of the items, whichever ends first', async () => {
    const results = await mapLimited([30, 10, 20], 3, async (ms) => {
      await sleep(ms)
      return ms
    })
    expect(results).toEqual([30, 10, 20])
  })

  it('has never more calls under way than allowed', async () => {
    let now = 0
    let most = 0
    await mapLimited(Array.from({ length: 40 }), 7, async () => {
      most = Math.max(most, ++now)
      await sleep(1)
      now -= 1
    })
    expect(most).toBe(7)
  })

  it('begins nothing after a failure, and rejects when the calls under way have ended', async () => {
    const log: string[] = []
    const failing = mapLimited(['bad', 'slow', 'never'], 2, async (item) => {
      if (item === 'bad') throw new Error('bad')
      await sleep(20)
      log.push(item)
    })
    await expect(failing).rejects.toThrow('bad')
    expect(log).toEqual(['slow'])
  })

  it('rejects with the failure of the first item, whichever came first', async () => {
    const failing = mapLimited([30, 10, 20], 3, async (ms) => {
      await sleep(ms)
      throw new Error(`failed after ${ms}`)
    })
    await expect(failing).rejects.toThrow('failed after 30')
  })

  it('begins nothing once its signal is aborted', async () => {
    const signal = AbortSignal.abort(new Error('stop'))
    let calls = 0
    const call = async (): Promise<void> => {
      calls += 1
    }
    const ended = mapLimited([1, 2], 1, call, signal)
    await expect(ended).rejects.toThrow('stop')
    expect(calls).toBe(0)
  })

  it('gives nothing for nothing', async () => {
    expect(await mapLimited([], 5, async () => 1)).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { sleep } from '../../../src/base/clock.js'
import { Breaker } from '../../../src/objects/policy.js'

const REST_MS = 50

function makeBreaker(): Breaker {
  return new Breaker({
    failures: 2,
    restMs: REST_MS,
    isFailure: (error) => error === 'down',
    refusal: () => new Error('left alone'),
  })
}

const fail = async (reason: string): Promise<never> => await Promise.reject(reason as never)

describe('a breaker', () => {
  it('leaves a service alone after failures in a row, and not after refusals of requests', async () => {
    const breaker = makeBreaker()
    for (const reason of ['down', 'refused', 'down']) {
      await expect(breaker.run(async () => await fail(reason))).rejects.toBe(reason)
      expect(breaker.isOpen).toBe(false)
    }
    await expect(breaker.run(async () => await fail('down'))).rejects.toBe('down')
    await expect(breaker.run(async () => await Promise.resolve(1))).rejects.toThrow('left alone')
  })

  it('asks once when the time has passed, and lets the others wait for the outcome', async () => {
    const breaker = makeBreaker()
    for (let at = 0; at < 2; at++) await breaker.run(async () => await fail('down')).catch(() => 0)
    await sleep(REST_MS + 10)
    let asked = 0
    const ask = async (): Promise<unknown> => {
      asked++
      await sleep(5)
      return await fail('down')
    }
    const outcomes = await Promise.allSettled([1, 2, 3].map(async () => await breaker.run(ask)))
    expect(asked).toBe(1)
    expect(outcomes.map((outcome) => 'reason' in outcome && String(outcome.reason))).toEqual([
      'down',
      'Error: left alone',
      'Error: left alone',
    ])
    await sleep(REST_MS + 10)
    const answers = [1, 2].map(
      async (at) => await breaker.run(async () => await Promise.resolve(at)),
    )
    expect(await Promise.all(answers)).toEqual([1, 2])
    expect(breaker.isOpen).toBe(false)
  })
})

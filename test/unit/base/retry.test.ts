import { describe, expect, it } from 'vitest'
import {
  backoffMs,
  Retries,
  type RepeatableCall,
  type RetryClock,
} from '../../../src/base/retry.js'

const RULE = { attempts: 3, delayMs: 100, maxDelayMs: 1000 }

/** A clock that goes on only when told: at each wait, to its end. */
class StepClock implements RetryClock {
  time = 0
  readonly waits: number[] = []
  readonly nowMs = (): number => this.time
  readonly random = (): number => 1
  readonly after = (ms: number, call: () => void): (() => void) => {
    this.waits.push(ms)
    let isForgotten = false
    void Promise.resolve().then(() => {
      if (isForgotten) return
      this.time += ms
      call()
    })
    return () => (isForgotten = true)
  }
}

/** A clock on which nothing ever ends. */
const STILL: RetryClock = { nowMs: () => 0, random: () => 1, after: () => () => undefined }

const CALL: RepeatableCall<string> = {
  operation: 'read',
  path: 'a',
  timeoutMs: 0,
  transientCode: (error) => (String(error).includes('busy') ? 'EBUSY' : undefined),
  exhausted: (error, attempts) => new Error(`${String(error)} after ${attempts}`),
  timedOut: () => new Error('late'),
}

function failing(times: number): () => Promise<string> {
  let left = times
  return async () => {
    if (left-- > 0) throw new Error('busy')
    return await Promise.resolve('done')
  }
}

describe('the wait before an attempt', () => {
  it('doubles up to its limit', () => {
    const waits = [1, 2, 3, 4, 5].map((attempt) => backoffMs(attempt, RULE, () => 1))
    expect(waits).toEqual([100, 200, 400, 800, 1000])
  })

  it('is at random between half of that and all of it', () => {
    expect(backoffMs(2, RULE, () => 0)).toBe(100)
    expect(backoffMs(2, RULE, () => 0.5)).toBe(150)
  })
})

describe('a call that fails for a moment', () => {
  it('is made again, and each retry is reported and counted', async () => {
    const clock = new StepClock()
    const told: unknown[] = []
    const retries = new Retries(RULE, (failed, delayMs) => told.push({ ...failed, delayMs }), clock)
    expect(await retries.run(CALL, failing(2))).toBe('done')
    const failed = { operation: 'read', path: 'a', code: 'EBUSY' }
    expect(told).toEqual([
      { ...failed, attempt: 1, delayMs: 100 },
      { ...failed, attempt: 2, delayMs: 200 },
    ])
    expect(retries.count).toBe(2)
    expect(clock.waits).toEqual([100, 200])
  })

  it('fails with the number of attempts when none has succeeded', async () => {
    const retries = new Retries(RULE, () => undefined, new StepClock())
    await expect(retries.run(CALL, failing(3))).rejects.toThrow('busy after 3')
  })

  it('fails as it is where the first attempt is the only one', async () => {
    const retries = new Retries({ ...RULE, attempts: 1 }, () => undefined, new StepClock())
    await expect(retries.run(CALL, failing(1))).rejects.toThrow(/busy$/)
    const other = new Retries(RULE, () => undefined, new StepClock())
    await expect(other.run(CALL, async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(other.count).toBe(0)
  })

  it('is not waited for past the deadline of all attempts', async () => {
    const clock = new StepClock()
    const retries = new Retries(RULE, () => undefined, clock)
    await expect(retries.run({ ...CALL, timeoutMs: 250 }, failing(3))).rejects.toThrow('after 2')
    expect(retries.count).toBe(1)
  })

  it('has no more time for a repeated attempt than is left, and lets go of what comes late', async () => {
    const clock = new StepClock()
    const retries = new Retries(RULE, () => undefined, clock)
    let give: (value: string) => void = () => undefined
    const slow = new Promise<string>((resolve) => (give = resolve))
    const released: string[] = []
    const call: RepeatableCall<string> = {
      ...CALL,
      timeoutMs: 1000,
      release: (late) => released.push(late),
    }
    let made = 0
    const attempt = async (): Promise<string> => {
      if (++made === 1) throw new Error('busy')
      return await slow
    }
    await expect(retries.run(call, attempt)).rejects.toThrow('late')
    expect(clock.time).toBe(1000)
    give('handle')
    await new Promise((resolve) => setImmediate(resolve))
    expect(released).toEqual(['handle'])
  })

  it('is made again at once when there is a hurry', async () => {
    const retries = new Retries(RULE, () => undefined, STILL)
    const well = retries.run(CALL, failing(1))
    const ill = retries.run(CALL, failing(3))
    await new Promise((resolve) => setImmediate(resolve))
    retries.hurry()
    expect(await well).toBe('done')
    await expect(ill).rejects.toThrow('after 3')
    expect(await retries.run(CALL, failing(2))).toBe('done')
  })

  it('ends with the reason of its signal', async () => {
    const retries = new Retries(RULE, () => undefined, STILL)
    const controller = new AbortController()
    const waiting = retries.run({ ...CALL, signal: controller.signal }, failing(1))
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(retries.wait(1, controller.signal)).rejects.toThrow('enough')
  })
})

import { expect, it } from 'vitest'
import { REAL_TIME, TokenBucket } from '../../../../src/optimizer/execution/token-bucket.js'

/** A clock whose waits are written down. */
function clock() {
  const waits: number[] = []
  const time = { ms: 0 }
  return {
    waits,
    time,
    nowMs: () => time.ms,
    wait: (ms: number) => {
      waits.push(ms)
      return Promise.resolve()
    },
  }
}

it('lets a burst begin at once, and the others at the rate', async () => {
  const given = clock()
  const bucket = new TokenBucket({ per_minute: 60, burst: 3 }, given)
  for (let at = 0; at < 5; at++) await bucket.take()
  expect(given.waits).toEqual([1000, 2000])
})

it('fills up with time, to a burst at most', async () => {
  const given = clock()
  const bucket = new TokenBucket({ per_minute: 120, burst: 2 }, given)
  for (let at = 0; at < 2; at++) await bucket.take()
  given.time.ms = 60_000
  for (let at = 0; at < 3; at++) await bucket.take()
  expect(given.waits).toEqual([500])
})

it('is left by a caller who aborts', async () => {
  const bucket = new TokenBucket({ per_minute: 1, burst: 1 }, REAL_TIME)
  await bucket.take()
  const controller = new AbortController()
  const waiting = bucket.take(controller.signal)
  controller.abort(new Error('left'))
  await expect(waiting).rejects.toThrow('left')
  await expect(bucket.take(controller.signal)).rejects.toThrow('left')
})

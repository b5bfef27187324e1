import { afterEach, describe, expect, it, vi } from 'vitest'
import type * as Clock from '../../../src/base/clock.js'

afterEach(() => {
  vi.useRealTimers()
  vi.resetModules()
})

/** A new copy of the module, loaded now. */
async function load(): Promise<typeof Clock> {
  vi.resetModules()
  return await import('../../../src/base/clock.js')
}

describe('the clock', () => {
  it.each(['before', 'after'])('is real where a test fakes time %s it is loaded', async (when) => {
    if (when === 'before') vi.useFakeTimers({ now: 0 })
    const clock = await load()
    if (when === 'after') vi.useFakeTimers({ now: 0 })
    expect(Date.now()).toBe(0)
    expect(clock.nowMs()).toBeGreaterThan(Date.UTC(2026, 0, 1))
    expect(clock.nowText() > '2026').toBe(true)
    const begin = clock.monotonicMs()
    await clock.sleep(2)
    await clock.nextTurn()
    expect(clock.monotonicMs()).toBeGreaterThan(begin)
    let calls = 0
    await new Promise<void>((resolve) => {
      const timer = clock.setInterval(() => {
        clock.clearInterval(timer)
        calls++
        clock.soon(resolve)
      }, 1)
    })
    expect(calls).toBe(1)
  })

  it('gives documents the time that a test has set', async () => {
    const { documentTime } = await load()
    vi.useFakeTimers({ now: Date.UTC(2001, 1, 2) })
    expect(documentTime().toISOString()).toBe('2001-02-02T00:00:00.000Z')
    vi.setSystemTime(Date.UTC(2002, 1, 2))
    expect(documentTime().toISOString()).toBe('2002-02-02T00:00:00.000Z')
  })

  it('keeps the process alive until it is let go', async () => {
    const { keepAlive } = await load()
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const release = keepAlive()
    expect(timers()).toBe(before + 1)
    release()
    expect(timers()).toBe(before)
  })
})

import { expect, it, onTestFinished, vi } from 'vitest'
import { CommitClock } from '../../../src/versions/commit-clock.js'

it('gives times that never go back, whatever the clock does', () => {
  const times = [1000, 500, 1000, 1001, Number.NaN, 900]
  const clock = new CommitClock(() => new Date(times.shift() ?? 0))
  const given = Array.from({ length: 6 }, () => clock.stamp().getTime())
  expect(given).toEqual([1000, 1000, 1000, 1001, Number.NaN, 1001])
})

it('follows the time that a test has set, as documents do', () => {
  vi.useFakeTimers({ now: Date.UTC(2001, 1, 2), toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  expect(new CommitClock().stamp().toISOString()).toBe('2001-02-02T00:00:00.000Z')
})

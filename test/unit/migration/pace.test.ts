import { describe, expect, it } from 'vitest'
import { monotonicMs } from '../../../src/base/clock.js'
import { Pace, Progress, type MigrationProgress } from '../../../src/migration/pace.js'

describe('a pace', () => {
  it('lets no more versions through than it says', async () => {
    const pace = new Pace(100, undefined)
    const startMs = monotonicMs()
    for (let part = 0; part < 4; part++) await pace.take(10)
    expect(monotonicMs() - startMs).toBeGreaterThanOrEqual(299)
  })

  it('does not wait without a limit', async () => {
    const pace = new Pace(undefined, undefined)
    const startMs = monotonicMs()
    for (let part = 0; part < 100; part++) await pace.take(1_000_000)
    expect(monotonicMs() - startMs).toBeLessThan(1000)
  })

  it('ends a wait when the signal is aborted', async () => {
    const controller = new AbortController()
    const pace = new Pace(1, controller.signal)
    await pace.take(1000)
    const waiting = pace.take(1)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(pace.take(1)).rejects.toThrow('enough')
  })
})

describe('progress', () => {
  it('counts, and estimates the rest from the speed so far', () => {
    const reports: MigrationProgress[] = []
    const progress = new Progress(10, (report) => reports.push(report))
    progress.add(4)
    progress.add(8)
    expect(reports.map(({ versions, total }) => [versions, total])).toEqual([
      [0, 10],
      [4, 10],
      [12, 12],
    ])
    expect(reports[0]?.remainingMs).toBeUndefined()
    expect(reports[1]?.remainingMs).toBeGreaterThanOrEqual(0)
    expect(reports[2]?.remainingMs).toBe(0)
  })
})

import { describe, expect, it } from 'vitest'
import { monotonicMs, sleep } from '../../../src/base/clock.js'
import { Freshness } from '../../../src/client/freshness.js'
import type { SourceReport } from '../../../src/versions/source/document-source.js'

/** A stream whose questions are answered at once, or fail. */
function followed(maxStaleMs: number, isLive = false) {
  const freshness = new Freshness(maxStaleMs)
  const reports: SourceReport[] = []
  let asked = 0
  let failure: Error | undefined
  freshness.listen((given) => void reports.push(...given))
  freshness.asks({
    isLive,
    catchUp: async () => {
      asked++
      await Promise.resolve()
      if (failure !== undefined) throw failure
      freshness.currentAt(monotonicMs())
    },
  })
  return {
    freshness,
    reports,
    asked: () => asked,
    fail: () => {
      failure = new Error('away')
    },
  }
}

describe('how old memory may be', () => {
  it('begins with nothing, and answers from memory within the first half of the bound', async () => {
    const { freshness, reports, asked } = followed(10_000)
    await freshness.refresh(false)
    expect(reports).toEqual([{ kind: 'expired' }])
    expect(freshness.refresh(false)).toBeUndefined()
    expect(asked()).toBe(0)
  })

  it('asks meanwhile in the second half, and first after the bound', async () => {
    const { freshness, asked } = followed(1000)
    freshness.currentAt(monotonicMs() - 700)
    expect(freshness.refresh(false)).toBeUndefined()
    expect(asked()).toBe(1)
    const late = followed(1000)
    late.freshness.currentAt(monotonicMs() - 1500)
    await late.freshness.refresh(false)
    expect(late.asked()).toBe(1)
    expect(late.reports).toEqual([])
  })

  it('drops memory where changes cannot be asked for', async () => {
    const { freshness, reports, fail } = followed(1000)
    freshness.currentAt(monotonicMs() - 1500)
    fail()
    await freshness.refresh(false)
    expect(reports).toEqual([{ kind: 'expired' }])
  })

  it('reads names and heads again after the bound, since tags are not reported', async () => {
    const { freshness, reports } = followed(30)
    await freshness.refresh(false)
    freshness.reads('p')
    await sleep(40)
    freshness.currentAt(monotonicMs())
    await freshness.refresh(false)
    expect(reports.at(-1)).toEqual({ kind: 'head', promptId: 'p', moves: [] })
  })

  it('does not report commits of its own from before its watchers, and reports all others', () => {
    const { freshness, reports } = followed(1000, true)
    const save = { kind: 'save', promptId: 'p', version: '1.0.0' } as const
    freshness.commits([save])
    freshness.follow()
    freshness.changed([save])
    expect(reports).toEqual([])
    freshness.changed([save])
    expect(reports).toEqual([save])
  })

  it('tells watchers of an interruption that anything may have changed', () => {
    const { freshness, reports } = followed(1000)
    freshness.interrupted()
    freshness.follow()
    freshness.interrupted()
    expect(reports).toEqual([{ kind: 'expired' }, { kind: 'reset' }])
  })
})

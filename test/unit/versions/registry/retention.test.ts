import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  planRetention,
  type RetentionCandidate,
  type RetentionPlan,
} from '../../../../src/versions/registry/retention.js'
import type { RetentionPolicy } from '../../../../src/versions/registry/retention-policy.js'
import { seeded } from '../../../support/random.js'
import { cpuTimer } from '../../../support/cpu-time.js'

const DAY_MS = 86_400_000
const NOW = '2025-03-12T12:00:00.000Z'
const none: ReadonlyMap<string, string> = new Map()

/** Version 1.N.0 for each time given. */
function at(...times: readonly string[]): RetentionCandidate[] {
  return times.map((time, number) => ({
    version: `1.${number}.0`,
    created_at: time.includes('T') ? time : `${time}T12:00:00.000Z`,
  }))
}

function kept({ keep }: RetentionPlan): string[] {
  return keep.map(({ version }) => version)
}

describe('planRetention', () => {
  it('keeps the last by precedence, in whatever order they are given', () => {
    const summaries = ['1.10.0', '1.9.0', '2.0.0', '1.2.0'].map((version) => ({ version }))
    const plan = planRetention(summaries, none, { keepLast: 2 })
    expect(plan).toEqual({
      keep: [
        { version: '1.10.0', reasons: ['last 2'] },
        { version: '2.0.0', reasons: ['latest', 'latest stable', 'last 2'] },
      ],
      remove: [{ version: '1.2.0' }, { version: '1.9.0' }],
    })
  })

  it('keeps the latest, the latest stable one, and those with a label', () => {
    const summaries = [
      { version: '1.0.0' },
      { version: '1.1.0', labels: ['staging', 'canary'] },
      { version: '1.2.0' },
      { version: '1.3.0' },
      { version: '2.0.0-a.1' },
      { version: '2.0.0-a.2' },
    ]
    const labels = new Map([
      ['production', '1.0.0'],
      ['staging', '1.1.0'],
      ['elsewhere', '9.0.0'],
    ])
    expect(planRetention(summaries, labels, { keepLast: 1 }).keep).toEqual([
      { version: '1.0.0', reasons: ['label production'] },
      { version: '1.1.0', reasons: ['label canary', 'label staging'] },
      { version: '1.3.0', reasons: ['latest stable'] },
      { version: '2.0.0-a.2', reasons: ['latest', 'last 1'] },
    ])
  })

  it('keeps those younger than some days, and those from the future', () => {
    const summaries = at(
      '2025-02-09',
      '2025-03-09T11:59:00Z',
      '2025-03-09T12:01:00Z',
      '2026-01-01',
      '2025-01-01',
    )
    const plan = planRetention(summaries, none, { keepYoungerThanDays: 3 }, NOW)
    expect(plan.keep).toEqual([
      { version: '1.2.0', reasons: ['younger than 3 days'] },
      { version: '1.3.0', reasons: ['younger than 3 days'] },
      { version: '1.4.0', reasons: ['latest', 'latest stable'] },
    ])
    expect(planRetention(summaries, none, { keepYoungerThanDays: 3 }, new Date(NOW))).toEqual(plan)
    expect(() => planRetention(summaries, none, { keepYoungerThanDays: 3 })).toThrow('"now"')
  })

  it('keeps the last of each day', () => {
    const summaries = at(
      '2025-03-01',
      '2025-03-05T00:00:00Z',
      '2025-03-05T23:59:59.999Z',
      '2025-03-06T00:00:00Z',
      '2025-03-10T08:00:00Z',
      '2025-03-10T07:00:00Z',
      '2025-03-10T09:00:00Z',
    )
    const plan = planRetention(summaries, none, { daily: 3 })
    expect(plan.keep.filter(({ reasons }) => reasons.includes('daily'))).toEqual([
      { version: '1.2.0', reasons: ['daily'] },
      { version: '1.3.0', reasons: ['daily'] },
      { version: '1.6.0', reasons: ['latest', 'latest stable', 'daily'] },
    ])
  })

  it('keeps the last of each week, which begins on Monday', () => {
    // 2025-03-09 is a Sunday.
    const summaries = at(
      '2025-02-01',
      '2025-03-03T00:00:00Z',
      '2025-03-09T23:59:59Z',
      '2025-03-10T00:00:00Z',
    )
    expect(kept(planRetention(summaries, none, { weekly: 2 }))).toEqual(['1.2.0', '1.3.0'])
    expect(kept(planRetention(summaries, none, { weekly: 3 }))).toEqual(['1.0.0', '1.2.0', '1.3.0'])
  })

  it('keeps the last of each month of UTC', () => {
    const summaries = at(
      '2024-12-31T23:30:00Z',
      '2024-12-31T23:29:00Z',
      '2025-01-31',
      '2025-03-01',
      '2025-03-02',
    )
    expect(kept(planRetention(summaries, none, { monthly: 2 }))).toEqual(['1.2.0', '1.4.0'])
    expect(kept(planRetention(summaries, none, { monthly: 9 }))).toEqual([
      '1.0.0',
      '1.2.0',
      '1.4.0',
    ])
  })

  it('takes the higher version of two with the same time', () => {
    const summaries = at('2025-01-01', '2025-01-01', '2025-01-02')
    expect(kept(planRetention(summaries, none, { daily: 2 }))).toEqual(['1.1.0', '1.2.0'])
  })

  it('keeps a version whose time is unknown where a rule goes by time', () => {
    const summaries = [
      { version: '1.0.0' },
      { version: '1.1.0', created_at: '2025-01-01T00:00:00' },
      ...at('2025-01-01').map((one) => ({ ...one, version: '2.0.0' })),
    ]
    expect(planRetention(summaries, none, { daily: 1 }).keep.slice(0, 2)).toEqual([
      { version: '1.0.0', reasons: ['no time'] },
      { version: '1.1.0', reasons: ['no time'] },
    ])
    expect(kept(planRetention(summaries, none, { keepLast: 1 }))).toEqual(['2.0.0'])
  })

  it('keeps the pinned and the best ones', () => {
    const scores = [90, undefined, 95, 90, 10, 20]
    const summaries = scores.map((score, number) => ({
      version: `1.${number}.0`,
      ...(score === undefined ? {} : { score }),
    }))
    const policy = { keepLast: 1, best: 2, pinned: ['1.1.0', '7.0.0'] }
    expect(planRetention(summaries, none, policy).keep).toEqual([
      { version: '1.1.0', reasons: ['pinned'] },
      { version: '1.2.0', reasons: ['best 2'] },
      { version: '1.3.0', reasons: ['best 2'] },
      { version: '1.5.0', reasons: ['latest', 'latest stable', 'last 1'] },
    ])
  })

  it('plans nothing for a prompt without versions', () => {
    expect(planRetention([], none, { keepLast: 1 })).toEqual({ keep: [], remove: [] })
  })

  it('refuses what is not the versions of one prompt', () => {
    const twice = [{ version: '1.0.0' }, { version: '1.0.0' }]
    expect(() => planRetention(twice, none, { keepLast: 1 })).toThrow("got '1.0.0' twice")
    expect(() => planRetention([{ version: '1' }], none, { keepLast: 1 })).toThrow('"summaries"')
    expect(() => planRetention([], none, {})).toThrow('at least one of')
  })

  const count = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined })
  const policy = fc
    .record({
      keepLast: fc.integer({ min: 1, max: 5 }),
      keepYoungerThanDays: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
      daily: count,
      weekly: count,
      monthly: count,
      best: count,
      pinned: fc.array(fc.constantFrom('1.0.0', '1.5.0', '2.0.0-a')),
    })
    .map((fields) => JSON.parse(JSON.stringify(fields)) as RetentionPolicy)
  const summary = fc.record(
    {
      version: fc
        .tuple(fc.nat(2), fc.nat(12), fc.constantFrom('', '-a', '-b'))
        .map(([major, minor, tail]) => `${major}.${minor}.0${tail}`),
      created_at: fc
        .nat(100)
        .map((days) => new Date(Date.parse(NOW) - days * DAY_MS).toISOString()),
      score: fc.nat(100),
    },
    { requiredKeys: ['version'] },
  )
  const summaries = fc.uniqueArray(summary, { selector: ({ version }) => version, maxLength: 40 })
  const labels = fc.array(
    fc.tuple(fc.constantFrom('p', 's', 'c'), fc.constantFrom('1.0.0', '1.7.0', '2.1.0-a')),
  )

  it('keeps or removes each version, never the latest, a stable latest, or one with a label', () => {
    fc.assert(
      fc.property(
        summaries,
        labels.map((pairs) => new Map(pairs)),
        policy,
        (all, given, rules) => {
          const plan = planRetention(all, given, rules, NOW)
          const removed = plan.remove.map(({ version }) => version)
          const names = all.map(({ version }) => version)
          expect([...kept(plan), ...removed].toSorted()).toEqual(names.toSorted())
          expect(plan.keep.every(({ reasons }) => reasons.length > 0)).toBe(true)
          for (const version of given.values()) expect(removed).not.toContain(version)
          for (const version of rules.pinned ?? []) expect(removed).not.toContain(version)
          const always = plan.keep.flatMap(({ reasons }) => reasons)
          expect(always.includes('latest')).toBe(all.length > 0)
          expect(always.includes('latest stable')).toBe(names.some((name) => !name.includes('-')))
          expect(kept(plan).length).toBeGreaterThanOrEqual(
            Math.min(all.length, rules.keepLast ?? 0),
          )
        },
      ),
      seeded(500),
    )
  })

  it('removes nothing more once its plan was applied', () => {
    fc.assert(
      fc.property(summaries, policy, (all, rules) => {
        const names = new Set(kept(planRetention(all, none, rules, NOW)))
        const left = all.filter(({ version }) => names.has(version))
        expect(planRetention(left, none, rules, NOW).remove).toEqual([])
      }),
      seeded(300),
    )
  })

  it('plans 100,000 versions, of one prompt and of a thousand, in well below 2 s', () => {
    const rules = {
      keepLast: 10,
      keepYoungerThanDays: 30,
      daily: 7,
      weekly: 4,
      monthly: 12,
      best: 3,
    }
    const many = Array.from({ length: 100_000 }, (_, number) => ({
      version: `1.${number}.0`,
      created_at: new Date(Date.parse(NOW) - number * 60_000).toISOString(),
      score: number % 97,
    }))
    const few = many.slice(0, 100)
    let elapsed = cpuTimer()
    expect(planRetention(many, none, rules, NOW).keep.length).toBeGreaterThan(10)
    expect(elapsed()).toBeLessThan(2000)
    elapsed = cpuTimer()
    for (let prompt = 0; prompt < 1000; prompt++) planRetention(few, none, rules, NOW)
    const took = elapsed()
    expect(took).toBeLessThan(2000)
    console.log(`a thousand prompts: ${Math.round(took)} ms`)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  checkScoringRules,
  DECISIONS_WITH_METRICS,
  DECISIONS_WITHOUT_METRICS,
  lowPerformance,
  reasonsToOptimize,
  selectStrategy,
} from '../../../../src/optimizer/rewriting/scoring-rules.js'

const RULES = checkScoringRules()
const GOOD_RUNS = { success_rate: 1, avg_execution_time: 1 }

describe('C29: the strategy of auto', () => {
  it.each([
    [50, 70, 'clarity_focus'],
    [70, 50, 'efficiency_focus'],
    [65, 60, 'structure_focus'],
    [75, 72, 'clarity_focus'],
    [60, 70, 'clarity_focus'],
  ])(
    'without metrics, is that of the first implementation: %d, %d: %s',
    (clarity, efficiency, expected) => {
      expect(selectStrategy(scores(clarity, efficiency), RULES)).toBe(expected)
    },
  )

  it.each([
    [59, GOOD_RUNS, 'clarity_focus'],
    [60, { ...GOOD_RUNS, success_rate: 0.4 }, 'clarity_focus'],
    [90, { ...GOOD_RUNS, timeout_rate: 0.2 }, 'clarity_focus'],
    [90, { ...GOOD_RUNS, avg_execution_time: 10.5 }, 'efficiency_focus'],
    [90, { success_rate: 0.4, avg_execution_time: 20 }, 'clarity_focus'],
    [90, GOOD_RUNS, 'structure_focus'],
  ])('with metrics, is that of the seeds: clarity %d, %j: %s', (clarity, metrics, expected) => {
    expect(selectStrategy(scores(clarity, 30), RULES, metrics)).toBe(expected)
  })

  it('is in the documentation, row by row', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../../docs/optimizer.md'), 'utf8')
    const [, table = ''] =
      /^\| Metrics \|[^\n]*\n([^]*?)\n\n/m.exec(text.replace(/ +\|/g, ' |')) ?? []
    const rows = table
      .split('\n')
      .slice(1)
      .map((row) =>
        row
          .split('|')
          .slice(1, 4)
          .map((cell) => cell.trim().replaceAll('`', '')),
      )
    expect(rows).toEqual([
      ...DECISIONS_WITH_METRICS.map(({ when, strategy }) => ['given', when, strategy]),
      ...DECISIONS_WITHOUT_METRICS.map(({ when, strategy }) => ['none', when, strategy]),
    ])
  })
})

describe('whether a prompt is optimized', () => {
  it('is decided by its score, its critical issues, and what runs have shown', () => {
    const critical = { severity: 'critical', type: 'too_short', description: 'x' } as const
    expect(reasonsToOptimize(scores(90, 90), RULES)).toEqual([])
    expect(reasonsToOptimize(scores(79, 79), RULES)).toEqual(['its score is below 80'])
    expect(reasonsToOptimize({ ...scores(90, 90), issues: [critical] }, RULES)).toHaveLength(1)
    const slow = { success_rate: 0.7, avg_execution_time: 6, avg_cost: 0.2, timeout_rate: 0.1 }
    expect(reasonsToOptimize(scores(90, 90), RULES, slow)).toHaveLength(4)
    expect(lowPerformance(GOOD_RUNS, RULES)).toEqual([])
  })

  it('is decided by thresholds that may be set', () => {
    const rules = checkScoringRules({ min_baseline_score: 50 })
    expect(reasonsToOptimize(scores(60, 60), rules)).toEqual([])
    expect(() => checkScoringRules({ min_baseline_score: 101 })).toThrow('"min_baseline_score"')
    expect(() => checkScoringRules({ min_baseline: 1 } as never)).toThrow('min_baseline')
  })
})

function scores(
  clarity_score: number,
  efficiency_score: number,
): Parameters<typeof selectStrategy>[0] {
  const overall_score = 0.6 * clarity_score + 0.4 * efficiency_score
  return { overall_score, clarity_score, efficiency_score, issues: [] }
}

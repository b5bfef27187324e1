import { describe, expect, it } from 'vitest'
import {
  casesChart,
  effectChart,
  progressChart,
  signed,
} from '../../../../src/optimizer/reports/charts.js'
import type { Proof } from '../../../../src/optimizer/search/proof-types.js'
import { HOSTILE, sampleReport } from '../../../support/run-report.js'

function proofOf(changes: Partial<Proof> = {}): Proof {
  const { proof } = sampleReport()
  if (proof === null) throw new Error('the sample has a proof')
  return { ...proof, ...changes }
}

describe('charts', () => {
  it('show how the best score rose, with a text for those who do not see it', () => {
    const chart = progressChart(sampleReport())?.markup ?? ''
    expect(chart).toContain('aria-label="The best score on the validation set, from 0.250 to 0.750')
    expect(chart).toMatch(/<polyline class="line" points="[\d., ]+"/)
    expect(progressChart(sampleReport('x', { search: null }))).toBeUndefined()
  })

  it('show each held-out case, the largest gain first, and leave out the middle of many', () => {
    const chart = casesChart(proofOf())?.markup ?? ''
    expect(chart.indexOf('class="better"')).toBeLessThan(chart.indexOf('class="worse"'))
    const cases = Array.from({ length: 100 }, (_, at) => ({
      case_id: `c${at}`,
      baseline: 0.5,
      winner: at / 100,
    }))
    const many = casesChart(proofOf({ cases }))?.markup ?? ''
    expect(many.match(/<g class=/g)).toHaveLength(60)
    expect(many).toContain('40 in the middle are left out')
    expect(casesChart(proofOf({ cases: [] }))).toBeUndefined()
  })

  it('show an effect whose interval has no bound', () => {
    expect(effectChart(proofOf()).markup).toContain('from 0.300 to 1.000')
    expect(signed(null)).toBe('unbounded')
    expect(signed(-0.5)).toBe('−0.500')
  })

  it('have no number that is not one, and no text that is not escaped', () => {
    const report = sampleReport(HOSTILE)
    for (const chart of [progressChart(report), casesChart(report.proof ?? proofOf())]) {
      expect(chart?.markup).not.toMatch(/NaN|Infinity|undefined/)
      expect(chart?.markup).not.toContain('<img')
    }
  })
})

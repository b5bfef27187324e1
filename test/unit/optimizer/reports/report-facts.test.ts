import { describe, expect, it } from 'vitest'
import {
  promptDiff,
  proofFacts,
  proofText,
  pText,
  searchFacts,
  settingFacts,
  spendFacts,
  verdictText,
} from '../../../../src/optimizer/reports/report-facts.js'
import { sampleReport } from '../../../support/run-report.js'

describe('the facts of a report', () => {
  it('say what was proven, with interval and p-value', () => {
    const report = sampleReport()
    expect(verdictText(report)).toBe('A gain is proven')
    expect(proofText(report)).toBe(
      'On 2 held-out cases the mean score went from 0.250 to 0.750: +0.500 (90 % interval +0.300 to unbounded, p < 0.0001).',
    )
    expect(pText(0.03)).toBe('= 0.0300')
  })

  it('say why there is no proof', () => {
    const none = sampleReport('x', { proof: null, verdict: 'no_significant_gain' })
    expect(proofText(none)).toContain('no text that scores better')
    const spent = sampleReport('x', {
      proof: null,
      verdict: 'budget_spent',
      stopped_by: 'The budget of 5 seconds is spent',
    })
    expect(proofText(spent)).toBe('The budget of 5 seconds is spent.')
    expect(proofFacts(none)).toEqual([])
    expect(searchFacts(sampleReport('x', { search: null }))).toEqual([])
  })

  it('name algorithm, models, spend and repeats', () => {
    const report = sampleReport('m')
    expect(Object.fromEntries(settingFacts(report))).toMatchObject({
      Algorithm: 'hill-climb',
      'Rewritten by': 'm',
      'Judged by': 'm',
    })
    expect(Object.fromEntries(spendFacts(report))).toMatchObject({
      Tokens: '12345',
      Money: '0.012300',
      'Repeated after an interruption': '1',
      'Asked: chat m': '301',
    })
    expect(Object.fromEntries(searchFacts(report))['Refused']).toBe('2 (2 lost_placeholder)')
  })

  it('have the difference of a prompt as lines', () => {
    const [prompt] = sampleReport('a\nb').prompts
    if (prompt === undefined) throw new Error('the sample has a prompt')
    expect(promptDiff(prompt)).toEqual([' a', ' b', '+Be brief.'])
  })
})

import { expect, it } from 'vitest'
import { judgeText } from '../../../../src/optimizer/analysis/judge-text.js'
import { scoresOf } from '../../../../src/optimizer/analysis/scores.js'
import { PromptAnalyzer } from '../../../../src/optimizer/analysis/prompt-analyzer.js'

const TEXT = 'You should summarize the report of the user in three sentences.'

it.each(['holdfast-1', 'upstream-1'] as const)('a text is judged as its prompt by %s', (rules) => {
  const now = (): Date => new Date(0)
  const { overall_score, issues, suggestions } = new PromptAnalyzer({ rules, now }).analyzePrompt({
    id: 'a',
    text: TEXT,
    role: 'system',
  })
  const judgement = judgeText(TEXT, rules, { role: 'system' })
  expect(scoresOf(judgement.parts).overall_score).toBe(overall_score)
  expect(judgement).toMatchObject({ issues, suggestions })
})

it('a text that no store could hold is judged, too', () => {
  const long = `${TEXT} `.repeat(3000)
  const { overall_score: score } = scoresOf(judgeText(long, 'holdfast-1').parts)
  expect(score).toBeGreaterThanOrEqual(0)
  expect(score).toBeLessThanOrEqual(100)
})

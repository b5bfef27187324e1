import { describe, expect, it } from 'vitest'
import type { PromptAnalysis } from '../../../../src/versions/prompts/prompt-analysis.js'
import { compareDocuments } from '../../../../src/versions/prompts/compare-versions.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'

const analysis = (overall: number, clarity: number, efficiency: number): PromptAnalysis => ({
  prompt_id: 'p',
  overall_score: overall,
  clarity_score: clarity,
  efficiency_score: efficiency,
  issues: [{ severity: 'info', type: 'redundancy', description: 'twice' }],
  suggestions: [],
  metadata: {},
})

describe('compareDocuments', () => {
  it('subtracts the first from the second', () => {
    const changes = [{ rule_id: 'ADD_HEADERS', description: 'headers' }]
    const first = sampleVersion('p', '1.0.0', { analysis: analysis(60, 50, 75) })
    const second = sampleVersion('p', '1.1.0', {
      analysis: analysis(70, 72, 67),
      optimization_result: {
        prompt_id: 'p',
        original_prompt: 'a',
        optimized_prompt: 'b',
        strategy: 'clarity_focus',
        improvement_score: 10,
        confidence: 0.8,
        changes,
        metadata: {},
      },
    })
    expect(compareDocuments(first, second)).toMatchObject({
      prompt_id: 'p',
      version1: '1.0.0',
      version2: '1.1.0',
      improvement: 10,
      clarity_improvement: 22,
      efficiency_improvement: -8,
      version1_analysis: {
        overall_score: 60,
        clarity_score: 50,
        efficiency_score: 75,
        issues_count: 1,
      },
      version2_analysis: { overall_score: 70, issues_count: 1 },
      text_diff: { character_diff: 0 },
      changes,
    })
  })

  it('has no improvement to tell of where nobody analysed', () => {
    const first = sampleVersion('p', '1.0.0')
    const second = sampleVersion('p', '1.0.1', { analysis: analysis(70, 72, 67) })
    expect(compareDocuments(first, second)).toMatchObject({
      improvement: null,
      clarity_improvement: null,
      version1_analysis: null,
      version2_analysis: { overall_score: 70 },
      changes: [],
    })
  })
})

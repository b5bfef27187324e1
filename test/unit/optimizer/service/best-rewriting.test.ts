import { describe, expect, it } from 'vitest'
import { PromptAnalyzer } from '../../../../src/optimizer/analysis/prompt-analyzer.js'
import { OptimizationEngine } from '../../../../src/optimizer/rewriting/optimization-engine.js'
import {
  bestRewriting,
  type BestRewriting,
} from '../../../../src/optimizer/service/best-rewriting.js'
import type { OptimizationStrategy } from '../../../../src/versions/prompts/prompt-version.js'

const TEXT =
  `Could you read the report of the user? First, look at some numbers of the report. Then compare them with the last year. Finally, in order to help the reader, say in one sentence what is really different. ${'The report is about the sales of the company and the people who work there. '.repeat(2)}`.trim()

describe('the best rewriting of a prompt', () => {
  it('compares the last text with the first, when strategies follow each other', async () => {
    const { result } = await best(TEXT, 'auto', { min_improvement: 100 })
    const strategies = result.metadata['strategies'] as string[]
    expect(strategies.length).toBeGreaterThan(1)
    expect(result.strategy).toBe('auto')
    expect(result.original_prompt).toBe(TEXT)
    const analyzer = new PromptAnalyzer()
    const [before, after] = [TEXT, result.optimized_prompt].map(
      (text) => analyzer.analyzePrompt({ id: 'p', text }).overall_score,
    )
    expect(result.improvement_score).toBe(Number(after) - Number(before))
    expect(new Set(result.changes.map(({ rule_id }) => rule_id.split('-')[0])).size).toBe(
      strategies.length,
    )
  })

  it('ends with the first strategy that is good enough, and after as many as allowed', async () => {
    const enough = await best(TEXT, 'auto', { min_improvement: 0, min_confidence: 0 })
    expect(enough.shortfall).toBeUndefined()
    expect(enough.result.metadata).not.toHaveProperty('strategies')
    const one = await best(TEXT, 'auto', { min_improvement: 100, max_iterations: 1 })
    expect(one.result.metadata).not.toHaveProperty('strategies')
    expect(one.shortfall).toMatch(/^the score grows by .* less than 100$/)
  })

  it('says why it is not good enough', async () => {
    expect((await best('Stop.', 'efficiency_focus')).shortfall).toBe('nothing was found to change')
    const unsure = await best(TEXT, 'structure_focus', { min_improvement: 0, min_confidence: 1 })
    expect(unsure.shortfall).toMatch(/^the confidence is .* less than 1$/)
  })
})

async function best(
  text: string,
  strategy: OptimizationStrategy,
  limits: object = {},
): Promise<BestRewriting> {
  const analyzer = new PromptAnalyzer()
  const engine = new OptimizationEngine({ analyzer })
  const prompt = { id: 'p', text, role: 'system', variables: [], context: {} }
  const whole = { min_improvement: 5, min_confidence: 0.6, max_iterations: 3, strategy, ...limits }
  return await bestRewriting(
    { engine, analyzer },
    prompt,
    analyzer.analyzePrompt(prompt),
    whole,
    {},
  )
}

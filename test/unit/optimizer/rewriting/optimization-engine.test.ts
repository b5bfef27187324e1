import { beforeAll, describe, expect, it } from 'vitest'
import { OpenAiChatModel } from '../../../../src/optimizer/llm/open-ai-model.js'
import { OptimizationEngine } from '../../../../src/optimizer/rewriting/optimization-engine.js'
import type { PromptInput } from '../../../../src/versions/prompts/prompt.js'
import { optimizationResultSchema } from '../../../../src/versions/prompts/prompt-version.js'
import { startHostileModel, type HostileModel } from '../../../support/hostile-model.js'
import { REAL_TEXTS } from './rewriting-texts.js'

const TEXT = `Could you please summarize the text of the user? You should really keep some names in order to help.

Text: {{#1713262060182.text#}} and {{#sys.query#}}

1. Be short.
2. See https://docs.example.com/style for the style.`

const NOW = new Date('2026-01-02T03:04:05.000Z')
const RULES = ['clarity_focus', 'efficiency_focus', 'structure_focus'] as const
const MODELS = ['llm_guided', 'llm_clarity', 'llm_efficiency', 'hybrid'] as const

let server: HostileModel

beforeAll(async () => {
  server = await startHostileModel()
})

describe('the engine', () => {
  it('rewrites a text by rules, with each change and the scores of both texts', async () => {
    const engine = new OptimizationEngine({ now: () => NOW })
    const result = await engine.optimize(promptOf(TEXT), 'efficiency_focus')
    expect(result).toMatchObject({
      prompt_id: 'p',
      original_prompt: TEXT,
      optimized_prompt: TEXT.replace('really ', '').replace('in order to', 'to'),
      strategy: 'efficiency_focus',
      changes: [
        { rule_id: 'efficiency-filler', before: 'really ', after: '' },
        { rule_id: 'efficiency-phrase', before: 'in order to', after: 'to' },
      ],
      metadata: { strategy_type: 'rules', requested_strategy: 'efficiency_focus' },
      optimized_at: NOW.toISOString(),
    })
    const { optimized_score, original_score } = result.metadata as Record<string, number>
    expect(result.improvement_score).toBe(Number(optimized_score) - Number(original_score))
    expect(optimizationResultSchema.parse(result)).toEqual(result)
  })

  it.each(RULES)('finds nothing in its own result, on every real text: %s', async (strategy) => {
    const engine = new OptimizationEngine()
    for (const text of REAL_TEXTS) {
      const once = await engine.optimize(promptOf(text), strategy)
      const twice = await engine.optimize(promptOf(once.optimized_prompt), strategy)
      expect(twice.optimized_prompt).toBe(once.optimized_prompt)
      expect(twice.changes).toEqual([])
      expect(twice.confidence).toBe(0.5)
    }
  })

  it('resolves auto by the scores, and says what was asked for', async () => {
    const analyzer = {
      analyzePrompt: ({ id }: PromptInput) => ({
        prompt_id: id,
        overall_score: 60,
        clarity_score: 80,
        efficiency_score: 40,
        issues: [],
        suggestions: [],
        metadata: {},
      }),
    }
    const engine = new OptimizationEngine({ analyzer })
    expect(await engine.optimize(promptOf(TEXT))).toMatchObject({
      strategy: 'efficiency_focus',
      metadata: { requested_strategy: 'auto' },
    })
    const metrics = { success_rate: 0.1, avg_execution_time: 1 }
    const { strategy } = await engine.optimize(promptOf(TEXT), 'auto', { metrics })
    expect(strategy).toBe('clarity_focus')
  })

  it('refuses an unknown strategy, a prompt of several messages, and what is not a prompt', async () => {
    const engine = new OptimizationEngine()
    await expect(engine.optimize(promptOf(TEXT), 'magic' as never)).rejects.toMatchObject({
      name: 'OptimizationError',
      code: 'OPT-OPT-001',
      message: expect.stringContaining('known are clarity_focus'),
    })
    const chat = { id: 'c', messages: [{ role: 'user', content: 'x' }] }
    await expect(engine.optimize(chat)).rejects.toMatchObject({ code: 'OPT-OPT-002' })
    await expect(engine.optimize(5 as never)).rejects.toThrow('Argument "prompt"')
    await expect(engine.optimize(promptOf(TEXT), 'auto', { seed: 1 } as never)).rejects.toThrow(
      'Unknown option "seed"',
    )
  })

  it.each(MODELS)('says what is missing where a strategy asks a model: %s', async (strategy) => {
    await expect(new OptimizationEngine().optimize(promptOf(TEXT), strategy)).rejects.toMatchObject(
      {
        code: 'OPT-LLM-001',
        context: { strategy },
      },
    )
  })
})

describe('the engine with a model', () => {
  it.each(MODELS)(
    'takes a good proposal, and records it under its own name: %s',
    async (strategy) => {
      const result = await engineWith('improve').optimize(promptOf(TEXT), strategy)
      expect(result.optimized_prompt).toContain('- Check the answer.')
      expect(result).toMatchObject({
        strategy,
        metadata: {
          strategy_type: 'model',
          model: 'hostile-1',
          proposals: 1,
          proposals_refused: 0,
        },
      })
      const lines = result.changes.filter(({ rule_id }) => rule_id === strategy)
      expect(lines.map(({ after }) => after).join('')).toContain('- Check the answer.')
      expect(result.changes.length > lines.length).toBe(strategy === 'hybrid')
    },
  )

  it('takes the text from between the marks, whatever is around them', async () => {
    const result = await engineWith('fence').optimize(promptOf(TEXT), 'llm_guided')
    expect(result).toMatchObject({ optimized_prompt: TEXT, changes: [], confidence: 0.5 })
    expect(result.metadata['proposals_refused']).toBe(0)
  })

  it.each([
    ['drop-placeholders', 'placeholder_lost'],
    ['rename-placeholders', 'placeholder_added'],
    ['double-text', 'placeholder_added'],
    ['wrong-language', 'language_changed'],
    ['cut-text', 'truncated'],
    ['fence-within', 'code_added'],
    ['no-marks', 'truncated'],
  ])('refuses and counts each bad proposal: %s', async (name, reason) => {
    const result = await engineWith(name).optimize(promptOf(TEXT), 'llm_guided')
    expect(result).toMatchObject({ optimized_prompt: TEXT, changes: [], improvement_score: 0 })
    expect(result.metadata).toMatchObject({ proposals: 3, proposals_refused: 3 })
    expect((result.metadata['refusals'] as string[][])[0]).toContain(reason)
    const requests = await server.requestsTo(name)
    expect(requests).toHaveLength(3)
    expect(requests[2]?.body.messages.at(-1)?.content).toContain(`- ${reason}: `)
  })

  it('asks for the same in the same way, so that a recorded answer is found again', async () => {
    const engine = engineWith('echo:same')
    const request = { temperature: 0.4, seed: 7, max_tokens: 900 }
    await engine.optimize(promptOf(TEXT), 'llm_clarity', { request })
    await engine.optimize(promptOf(TEXT), 'llm_clarity', { request })
    const [first, second] = await server.requestsTo('echo:same')
    expect(first?.body).toMatchObject(request)
    expect(second?.body).toEqual(first?.body)
  })

  it('fails with the error of the model, and can be aborted', async () => {
    await expect(engineWith('length').optimize(promptOf(TEXT), 'hybrid')).rejects.toMatchObject({
      code: 'OPT-LLM-008',
    })
    const signal = AbortSignal.abort(new Error('stop'))
    await expect(
      engineWith('slow').optimize(promptOf(TEXT), 'llm_guided', { signal }),
    ).rejects.toThrow('stop')
  })
})

function engineWith(model: string): OptimizationEngine {
  return new OptimizationEngine({ model: new OpenAiChatModel({ baseUrl: server.baseUrl, model }) })
}

function promptOf(text: string): PromptInput {
  return { id: 'p', text }
}

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PromptAnalyzer } from '../../../../src/optimizer/analysis/prompt-analyzer.js'
import { promptAnalysisSchema } from '../../../../src/versions/prompts/prompt-version.js'
import { seeded } from '../../../support/random.js'

const now = () => new Date('2026-01-02T03:04:05.678Z')
const prompt = { id: 'p', text: 'Summarize {{text}} in 3 points.', variables: ['text'] }

describe('PromptAnalyzer', () => {
  it('gives an analysis that can be stored, by the rules of Holdfast unless others are named', () => {
    const analysis = new PromptAnalyzer({ now }).analyzePrompt(prompt)
    expect(promptAnalysisSchema.parse(analysis)).toEqual(analysis)
    expect(analysis).toMatchObject({
      prompt_id: 'p',
      analyzed_at: '2026-01-02T03:04:05.678Z',
      metadata: { rules: 'holdfast-1', variable_count: 1 },
    })
  })

  it('gives the scores of the first implementation on request', () => {
    const analyzer = new PromptAnalyzer({ rules: 'upstream-1', now })
    const analysis = analyzer.analyzePrompt({ id: 'p', text: 'Short prompt' })
    expect(analysis.overall_score).toBeCloseTo(58.7, 10)
    expect(analysis.metadata['rules']).toBe('upstream-1')
    expect(analyzer.analyzeText('Short prompt').overall_score).toBe(analysis.overall_score)
  })

  it('reads the messages of a prompt as one text', () => {
    const analyzer = new PromptAnalyzer({ now })
    const messages = [
      { role: 'system', content: 'Summarize the text in 3 points.' },
      { role: 'user', content: '{{text}}' },
    ]
    expect(analyzer.analyzePrompt({ id: 'p', messages }).overall_score).toBe(
      analyzer.analyzeText('Summarize the text in 3 points.\n\n{{text}}').overall_score,
    )
  })

  it('knows from the context that a text is Jinja2', () => {
    const text = 'Summarize {% if long %}the text in 3 points.'
    const typesOf = (context: { edition_type: string }) =>
      new PromptAnalyzer()
        .analyzePrompt({ id: 'p', text, context })
        .issues.map(({ severity }) => severity)
    expect(typesOf({ edition_type: 'jinja2' })).toContain('critical')
    expect(typesOf({ edition_type: 'basic' })).not.toContain('critical')
  })

  it('gives any text scores from 0 to 100, and the same ones again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        for (const rules of ['upstream-1', 'holdfast-1'] as const) {
          const analyzer = new PromptAnalyzer({ rules })
          const scores = analyzer.analyzeText(text)
          const all = [scores.overall_score, scores.clarity_score, scores.efficiency_score]
          for (const score of [...all, ...Object.values(scores.parts)]) {
            expect(score).toBeGreaterThanOrEqual(0)
            expect(score).toBeLessThanOrEqual(100)
          }
          expect(new PromptAnalyzer({ rules }).analyzeText(text)).toEqual(scores)
        }
      }),
      seeded(200),
    )
  })

  it('gives the same scores whatever the language of the machine', () => {
    const module = pathToFileURL(join(import.meta.dirname, '../../../../dist/bundled/optimizer.js'))
    const script = `const { PromptAnalyzer } = await import(${JSON.stringify(module)})
      const texts = ['Summarize İstanbul in 3 points', '请总结用户的问题。', 'ช่วยสรุปเนื้อหา']
      process.stdout.write(JSON.stringify(texts.map((text) => new PromptAnalyzer().analyzeText(text))))`
    const [english, turkish, chinese] = ['en_US.UTF-8', 'tr_TR.UTF-8', 'zh_CN.UTF-8'].map(
      (locale) =>
        spawnSync(process.execPath, ['--input-type=module', '-e', script], {
          env: { ...process.env, LC_ALL: locale, LANG: locale },
          encoding: 'utf8',
        }).stdout,
    )
    expect(english).toContain('overall_score')
    expect([turkish, chinese]).toEqual([english, english])
  })

  it('refuses wrong options and arguments by name', () => {
    expect(() => new PromptAnalyzer({ rules: 'upstream-2' as 'upstream-1' })).toThrow(/"rules"/)
    expect(() => new PromptAnalyzer({ rule: 'upstream-1' } as object)).toThrow(
      /did you mean "rules"/,
    )
    expect(() => new PromptAnalyzer({ now: 5 as never })).toThrow(/Option "now"/)
    const analyzer = new PromptAnalyzer()
    expect(() => analyzer.analyzePrompt({ id: 'p', text: ' ' })).toThrow(
      /at "text": Expected a text/,
    )
    expect(() => analyzer.analyzePrompt(undefined as never)).toThrow(TypeError)
    expect(() => analyzer.analyzeText(5 as never)).toThrow(/Argument "text"/)
    expect(() => analyzer.analyzeText('x', { rol: 'user' } as object)).toThrow(
      /Unknown option "rol"/,
    )
  })
})

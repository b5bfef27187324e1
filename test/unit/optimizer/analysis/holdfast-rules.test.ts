import { describe, expect, it } from 'vitest'
import { judgeByHoldfast, varietyOf } from '../../../../src/optimizer/analysis/holdfast-rules.js'
import { judgeByUpstream } from '../../../../src/optimizer/analysis/upstream-rules.js'
import { scoresOf } from '../../../../src/optimizer/analysis/scores.js'

const overall = (text: string): number => scoresOf(judgeByHoldfast(text, 0, {}).parts).overall_score

const ENGLISH = `# Task
Summarize the report of the user in three points.

1. Read the report first.
2. Extract the figures.
3. Write one sentence for each point.

For example: "Sales rose by 3 percent."`

const CHINESE = `# 任务
请把用户的报告总结成三个要点。

1. 首先阅读报告。
2. 提取其中的数字。
3. 为每个要点写一句话。

例如：“销售额增长了 3%。”`

describe('the rules of Holdfast', () => {
  it('score a Chinese prompt as its English translation', () => {
    expect(Math.abs(overall(ENGLISH) - overall(CHINESE))).toBeLessThan(6)
    expect(overall(CHINESE)).toBeGreaterThan(80)
  })

  it('repair what the first rules say about Chinese: a sentence is one word there', () => {
    expect(judgeByUpstream(CHINESE, 0).issues.map(({ type }) => type)).toContain(
      'ambiguous_instructions',
    )
    expect(judgeByHoldfast(CHINESE, 0, {}).issues).toEqual([])
  })

  it('score no word of a code block, a placeholder or an address', () => {
    const { parts } = judgeByHoldfast('Summarize the text in 3 points.', 0, {})
    const more =
      'Summarize the text in 3 points. {{#maybe.stuff#}} https://some.example/things `whatever`'
    expect(judgeByHoldfast(more, 0, {}).parts.specificity).toBe(parts.specificity)
    expect(judgeByHoldfast(more, 0, {}).parts.information_density).toBe(parts.information_density)
  })

  it('ask no headers of a short prompt', () => {
    expect(judgeByHoldfast('Summarize the text in 3 points.', 0, {}).parts.structure).toBe(80)
  })

  it('score 80 for a message that is a variable alone, and 0 for one that says nothing', () => {
    expect(overall('{{#sys.query#}}')).toBe(80)
    expect(overall('???')).toBe(0)
  })

  it('do not find a long text repetitive for its length alone', () => {
    const words = Array.from({ length: 1000 }, (_, at) =>
      at % 2 === 0 ? 'the' : `word${at % 400}`,
    )
    expect(new Set(words).size / words.length).toBeLessThan(0.5)
    expect(varietyOf(words)).toBeGreaterThan(0.5)
    expect(varietyOf(Array.from({ length: 1000 }, () => 'word'))).toBeCloseTo(0.01, 10)
    expect(varietyOf([])).toBe(1)
  })

  it('say which languages they read', () => {
    expect(judgeByHoldfast(CHINESE, 2, {}).metadata).toMatchObject({
      languages: ['zh'],
      variable_count: 2,
      placeholder_count: 0,
    })
  })
})

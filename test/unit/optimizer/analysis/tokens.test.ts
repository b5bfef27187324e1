import { describe, expect, it } from 'vitest'
import { estimateTokens } from '../../../../src/optimizer/analysis/tokens.js'

describe('the estimate of tokens', () => {
  it.each([
    ['', 0],
    ['Summarize the text in three points.', 9],
    ['总结文本的三个要点。', 8],
    ['テキストを要約してください。', 10],
    ['요약', 2],
  ])('of %j is %d', (text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens)
  })

  it('counts a Chinese text as more tokens than an English text of the same length', () => {
    expect(estimateTokens('总'.repeat(100))).toBeGreaterThan(3 * estimateTokens('a'.repeat(100)))
  })
})

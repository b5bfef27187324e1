import { describe, expect, it } from 'vitest'
import { TextSimilarity } from '../../../src/optimizer/text-similarity.js'

const similarity = new TextSimilarity()

describe('the similarity of two texts', () => {
  it.each([
    ['the same', 'Translate it.', 'Translate it.', 1],
    ['the same but for blanks and case', 'Translate  it.', 'translate\nit.', 1],
    ['nothing in common', 'abc', 'xyz', 0],
    ['both blank', ' ', '\n', 1],
    ['one blank', '', 'Translate it.', 0],
  ])('is exact for texts with %s', (_what, first, second, expected) => {
    expect(similarity.of(first, second)).toBe(expected)
  })

  it('is high for an edited text and low for another one, in any script', () => {
    const text = '你是一位专业的翻译。请把用户的文字翻译成英文，并保留所有的变量。'
    expect(similarity.of(text, text.replace('英文', '德文'))).toBeGreaterThan(0.8)
    expect(similarity.of(text, '根据天气数据写一段简短的预报。')).toBeLessThan(0.2)
  })

  it('is the same in both directions', () => {
    const [first, second] = ['Answer in two sentences.', 'Answer in one short sentence.']
    expect(similarity.of(first, second)).toBe(similarity.of(second, first))
  })
})

import { describe, expect, it } from 'vitest'
import { similarity } from '../../../../src/optimizer/evaluation/similarity.js'

describe('similarity', () => {
  it('is 1 for the same text whatever its white space and normal form, and 0 without a shared character', () => {
    expect(similarity('the cat', 'the  cat\n')).toBe(1)
    expect(similarity('caf\u00e9', 'cafe\u0301')).toBe(1)
    expect(similarity('abc', 'xyz')).toBe(0)
  })

  it('is 1 for two empty texts, and 0 for one', () => {
    expect(similarity('', ' ')).toBe(1)
    expect(similarity('', 'a')).toBe(0)
    expect(similarity('a', '')).toBe(0)
  })

  it('is the mean of the F2-scores of the n-grams', () => {
    // Shared: 3 of 4 characters, 2 of 3 pairs, 1 of 2 triples, 0 of 1 quadruple; the lengths are equal.
    expect(similarity('abcd', 'abce')).toBeCloseTo((3 / 4 + 2 / 3 + 1 / 2 + 0) / 4, 10)
  })

  it('counts what is missing more than what is too much', () => {
    expect(similarity('abcdefgh', 'abcdef')).toBeGreaterThan(similarity('abcdef', 'abcdefgh'))
  })

  it('works for languages without spaces', () => {
    const reference = '请把下面的文章翻译成英文'
    expect(similarity('请把下面的文章翻译成法文', reference)).toBeGreaterThan(0.6)
    expect(similarity('今天天气很好', reference)).toBeLessThan(0.1)
  })
})

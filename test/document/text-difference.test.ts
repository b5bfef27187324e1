import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareTexts, countCharacters } from '../../src/document/text-difference.js'

describe('compareTexts', () => {
  it('counts characters and words of the second against the first', () => {
    expect(compareTexts('one two three', 'One two four five')).toEqual({
      character_diff: 4,
      word_diff: 1,
      similarity: 2 / 5,
      length_ratio: 17 / 13,
    })
  })

  it('finds words where none are set apart by blanks', () => {
    const { word_diff, similarity } = compareTexts('请把文章翻译成英文', '请把小说翻译成英文')
    expect(word_diff).toBe(0)
    expect(similarity).toBeGreaterThan(0.5)
    expect(similarity).toBeLessThan(1)
  })

  it('knows the extremes', () => {
    expect(compareTexts('', '')).toMatchObject({ similarity: 1, length_ratio: 1 })
    expect(compareTexts('', 'a')).toMatchObject({
      similarity: 0,
      length_ratio: null,
      character_diff: 1,
    })
    expect(compareTexts('!!!', '???')).toMatchObject({ similarity: 0, word_diff: 0 })
  })

  it('is the same text with similarity 1, and symmetric', () => {
    fc.assert(
      fc.property(fc.lorem(), fc.lorem(), (left, right) => {
        expect(compareTexts(left, left)).toEqual({
          character_diff: 0,
          word_diff: 0,
          similarity: 1,
          length_ratio: 1,
        })
        expect(compareTexts(left, right).similarity).toBe(compareTexts(right, left).similarity)
      }),
    )
  })
})

describe('countCharacters', () => {
  it('counts code points', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(countCharacters(text)).toBe(Array.from(text).length)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareTexts, countCharacters } from '../../../../src/versions/prompts/text-difference.js'
import { seeded } from '../../../support/random.js'

const text = fc.oneof(fc.lorem(), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }))

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

describe('differences of any texts', () => {
  it('turn round with the texts', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const there = compareTexts(left, right)
        const back = compareTexts(right, left)
        // Adding keeps -0 and 0 the same.
        expect(there.character_diff + back.character_diff).toBe(0)
        expect(there.word_diff + back.word_diff).toBe(0)
        expect(there.similarity).toBe(back.similarity)
        if (there.length_ratio !== null && back.length_ratio !== null && there.length_ratio > 0)
          expect(there.length_ratio * back.length_ratio).toBeCloseTo(1)
      }),
      seeded(300),
    )
  })

  it('add up over a text in between', () => {
    fc.assert(
      fc.property(text, text, text, (first, second, third) => {
        const steps = [compareTexts(first, second), compareTexts(second, third)] as const
        const whole = compareTexts(first, third)
        expect(steps[0].character_diff + steps[1].character_diff).toBe(whole.character_diff + 0)
        expect(steps[0].word_diff + steps[1].word_diff).toBe(whole.word_diff + 0)
      }),
      seeded(200),
    )
  })

  it('have a similarity from 0 to 1, and lead from the length of the first to that of the second', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const { similarity, character_diff, length_ratio } = compareTexts(left, right)
        expect(similarity).toBeGreaterThanOrEqual(0)
        expect(similarity).toBeLessThanOrEqual(1)
        expect(countCharacters(left) + character_diff).toBe(countCharacters(right))
        if (length_ratio === null) expect(left).toBe('')
        else if (left !== '')
          expect(countCharacters(left) * length_ratio).toBeCloseTo(countCharacters(right))
      }),
      seeded(300),
    )
  })
})

describe('words of a long text', () => {
  it('are those that the text has in one piece, wherever its parts end', () => {
    const pieces = [
      'word ',
      "can't ",
      '3.14,15 ',
      '漢字',
      'かな',
      '👨‍👩‍👧',
      '\u0301',
      '  ',
      '\n',
      'a.b',
      '🇩🇪',
    ]
    const segmenter = new Intl.Segmenter('en', { granularity: 'word' })
    const longText = fc
      .array(fc.constantFrom(...pieces), { minLength: 1000, maxLength: 3000 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(longText, (long) => {
        const words = Array.from(segmenter.segment(long)).filter((one) => one.isWordLike)
        expect(compareTexts('', long).word_diff).toBe(words.length)
      }),
      seeded(30),
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

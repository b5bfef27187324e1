import { describe, expect, it } from 'vitest'
import {
  hasHeading,
  isFree,
  isInside,
  linesOf,
  proseOf,
  weightOf,
} from '../../../../src/optimizer/rewriting/prose.js'

describe('the prose of a text', () => {
  it('has blanks for what is protected or quoted, at the same offsets', () => {
    const text = 'Say "just so" to {{#a.b#}} now'
    const prose = proseOf(text, 'basic')
    expect(prose.visible).toBe('Say "just so" to           now')
    expect(prose.unquoted).toBe('Say           to           now')
    expect(isFree(prose, 0, 17)).toBe(true)
    expect(isFree(prose, 15, 18)).toBe(false)
    expect(isInside(prose, 20)).toBe(true)
    expect(isInside(prose, 17)).toBe(false)
  })

  it.each([
    ['Summarize the text for the user.', 'en'],
    ['请总结这段文字。', 'zh'],
    ['この文章を要約してください。', 'ja'],
    ['이 글을 요약하세요.', 'ko'],
    ['Обобщите этот текст.', 'ru'],
    ['Fasse den Text für die Leser zusammen und nenne nur das Ergebnis.', 'de'],
    ['Résumez le texte pour les lecteurs et ne dites que le résultat.', 'fr'],
    ['{{#a.b#}}', undefined],
    ['lorem ipsum dolor', undefined],
  ])('has a language where it is clear: %s', (text, language) => {
    expect(proseOf(text, 'basic').language).toBe(language)
  })

  it('has headings outside of code alone', () => {
    expect(hasHeading(proseOf('# A\nb', 'basic'))).toBe(true)
    expect(hasHeading(proseOf('```\n# not\n```\n#tag', 'basic'))).toBe(false)
  })

  it('has lines with their offsets, and a weight', () => {
    expect([...linesOf('ab\n\nc')]).toEqual([
      { start: 0, line: 'ab' },
      { start: 3, line: '' },
      { start: 4, line: 'c' },
    ])
    expect(weightOf(proseOf('abc 总结 {{x}}', 'basic'))).toBe(9)
  })
})

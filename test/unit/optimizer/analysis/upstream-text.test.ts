import { describe, expect, it } from 'vitest'
import {
  hasBullet,
  hasHeader,
  hasInteger,
  hasMark,
  hasNumber,
  upstreamSentences,
  upstreamText,
  upstreamWords,
  vagueTerms,
} from '../../../../src/optimizer/analysis/upstream-text.js'

describe('texts as the first implementation reads them', () => {
  it('have blanks at the separators of ASCII and at U+0085, and none at U+FEFF', () => {
    expect(upstreamWords(upstreamText('a\u001cb\u0085c\ufeffd e'))).toEqual([
      'a',
      'b',
      'c\u2060d',
      'e',
    ])
    expect(upstreamText('a\u001c\ufeff')).toHaveLength(3)
  })

  it('have sentences between marks, and none that is blank', () => {
    expect(upstreamSentences('One. Two!? ... Three')).toEqual(['One', ' Two', ' Three'])
  })

  it('have headers, bullets and numbers at the beginning of a line with a blank behind', () => {
    expect([hasHeader('a\n## b'), hasHeader('a ## b'), hasHeader('#b')]).toEqual([
      true,
      false,
      false,
    ])
    expect([hasBullet('a\n* b'), hasBullet('+ b'), hasBullet('-b')]).toEqual([true, false, false])
    expect([hasNumber('12. b'), hasNumber('12.b'), hasNumber('a 1. b')]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('count one digit, a plus and a full stop as the mark of a list', () => {
    expect(['1 b', '+ b', '. b'].map(hasMark)).toEqual([true, true, true])
    expect(['12 b', '1. b', '~ b'].map(hasMark)).toEqual([false, false, false])
  })

  it('have an integer only where no letter is beside it, so seldom in Chinese', () => {
    expect(['3 points', '第 3 步', '-3-', '３'].map(hasInteger)).toEqual([true, true, true, true])
    expect(['第3步', '3rd', '_3', 'x3'].map(hasInteger)).toEqual([false, false, false, false])
  })

  it('have vague terms as whole words', () => {
    expect(vagueTerms('some things and so on, somewhere, etc.')).toEqual([
      'some',
      'things',
      'etc',
      'and so on',
    ])
  })
})

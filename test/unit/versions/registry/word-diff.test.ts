import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffWords, linesOf, type TextPart } from '../../../../src/versions/registry/word-diff.js'
import { seeded } from '../../../support/random.js'
import { cpuTimer } from '../../../support/cpu-time.js'

/** `same [removed] {added}`. */
function show(parts: readonly TextPart[]): string {
  return parts
    .map(({ kind, text }) => {
      if (kind === 'same') return text
      return kind === 'removed' ? `[${text}]` : `{${text}}`
    })
    .join('')
}

describe('diffWords', () => {
  it.each([
    ['', '', ''],
    ['', 'a b', '{a b}'],
    ['a b', '', '[a b]'],
    ['Be kind.', 'Be kind.', 'Be kind.'],
    ['Be kind.', 'Be very kind.', 'Be {very }kind.'],
    ['Be kind and brief.', 'Be honest and brief.', 'Be [kind]{honest} and brief.'],
    ['Be kind and brief.', 'Be more honest, brief.', 'Be [kind and]{more honest,} brief.'],
    ["don't_stop 12", "don't_stop 13", "don't_stop [12]{13}"],
    ['a  b', 'a b', 'a[  ]{ }b'],
    ['a\nb\nc\n', 'a\nx\nc\n', 'a\n[b]{x}\nc\n'],
    ['a\nb', 'a\r\nb', 'a[\n]{\r\n}b'],
    ['{{name}}!', '{{names}}!', '{{[name]{names}}}!'],
    ['请把文章翻译成英文', '请把小说翻译成英文', '请把[文章]{小说}翻译成英文'],
    ['👨‍👩‍👧 hi', '👨‍👩‍👦 hi', '[👨‍👩‍👧]{👨‍👩‍👦} hi'],
    ['🇩🇪', '🇩🇰', '[🇩🇪]{🇩🇰}'],
    ['é', 'è', '[é]{è}'],
  ])('compares %j with %j', async (before, after, shown) => {
    expect(show(await diffWords(before, after))).toBe(shown)
  })

  it('has both texts in its parts, and no two of the same kind in a row', async () => {
    const text = fc.oneof(
      fc
        .array(fc.constantFrom('a', 'b', ' ', '\n', 'ab', '.', '文', '\r\n'))
        .map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
      fc.lorem({ mode: 'sentences' }),
    )
    await fc.assert(
      fc.asyncProperty(text, text, async (before, after) => {
        const parts = await diffWords(before, after)
        const without = (kind: TextPart['kind']): string =>
          parts.flatMap((part) => (part.kind === kind ? [] : [part.text])).join('')
        expect(without('added')).toBe(before)
        expect(without('removed')).toBe(after)
        expect(parts.some(({ kind }, at) => kind === parts[at - 1]?.kind)).toBe(false)
        expect(parts.every((part) => part.text !== '')).toBe(true)
      }),
      seeded(300),
    )
  })

  it('compares two long texts that have only common words in common', async () => {
    const words = ['the', 'a', 'of', 'and', 'prompt', 'model', 'answer']
    const textOf = (step: number): string =>
      Array.from({ length: 15_000 }, (_, at) => words[(at * step + (at >> 3)) % 7]).join(' ')
    const elapsed = cpuTimer()
    expect((await diffWords(textOf(3), textOf(5))).length).toBeGreaterThan(0)
    expect(elapsed()).toBeLessThan(10_000)
  })
})

describe('linesOf', () => {
  it('keeps the end of each line', () => {
    expect(linesOf('')).toEqual([])
    expect(linesOf('a\n\nb\r\nc')).toEqual(['a\n', '\n', 'b\r\n', 'c'])
    expect(linesOf('a\n')).toEqual(['a\n'])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  mergeSequences,
  type MergedPart,
} from '../../../../src/versions/registry/merge-sequences.js'
import { seeded } from '../../../support/random.js'

const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 12 })

async function merge(base: string, ours: string, theirs: string): Promise<string> {
  const parts = await mergeSequences(Array.from(base), Array.from(ours), Array.from(theirs))
  const show = (part: MergedPart): string => {
    if (part.kind === 'merged') return part.items.join('')
    return `<${ours.slice(...part.ours)}|${base.slice(...part.base)}|${theirs.slice(...part.theirs)}>`
  }
  return parts.map(show).join('')
}

describe('mergeSequences', () => {
  it.each([
    ['abc', 'abc', 'abc', 'abc'],
    ['abc', 'xbc', 'aby', 'xby'],
    ['abc', 'xbc', 'abc', 'xbc'],
    ['abc', 'xbc', 'xbc', 'xbc'],
    ['abc', 'ac', 'abcd', 'acd'],
    ['abc', 'bc', 'ab', 'b'],
    ['', 'x', '', 'x'],
    ['', 'x', 'x', 'x'],
    ['', 'x', 'y', '<x||y>'],
    ['abc', 'axc', 'ayc', 'a<x|b|y>c'],
    ['abc', 'axc', 'ac', 'a<x|b|>c'],
    // Neighbours touch.
    ['abcd', 'axcd', 'abyd', 'a<xc|bc|by>d'],
    ['abcde', 'axcde', 'abcye', 'axcye'],
    ['ab', 'axb', 'ayb', 'a<x||y>b'],
    ['abcdef', 'xbcyef', 'abzdef', 'xb<cy|cd|zd>ef'],
  ])('merges %s with %s and %s', async (base, ours, theirs, merged) => {
    expect(await merge(base, ours, theirs)).toBe(merged)
  })

  it('takes the side that changed, and one of two equal ones', async () => {
    await fc.assert(
      fc.asyncProperty(list, list, async (base, changed) => {
        const merged = [{ kind: 'merged', text: changed.join('') }]
        for (const [ours, theirs] of [
          [changed, base],
          [base, changed],
          [changed, changed],
        ] as const) {
          const parts = await mergeSequences(base, ours, theirs)
          const text = parts.map((part) => (part.kind === 'merged' ? part.items.join('') : '?'))
          expect([{ kind: 'merged', text: text.join('') }]).toEqual(merged)
        }
      }),
      seeded(300),
    )
  })

  it('has the same result with the sides exchanged', async () => {
    const exchange = (part: MergedPart): MergedPart =>
      part.kind === 'merged' ? part : { ...part, ours: part.theirs, theirs: part.ours }
    await fc.assert(
      fc.asyncProperty(list, list, list, async (base, one, other) => {
        const there = await mergeSequences(base, one, other)
        expect((await mergeSequences(base, other, one)).map(exchange)).toEqual(there)
      }),
      seeded(300),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { lostItem, type ListItem } from '../../../../src/optimizer/rewriting/list-items.js'

function items(...texts: readonly string[]): readonly ListItem[] {
  return texts.map((text) => {
    const [mark = '', ...words] = text.split(' ')
    return { mark, text: words.join(' '), prose: words.join(' ').replace(/\{\{.*?\}\}/g, '') }
  })
}

const RULES = items(
  '- Use only the context above.',
  '- Quote the manual where it helps.',
  '- The answer must be short.',
)

describe('the items of a list', () => {
  it.each([
    ['as they are', RULES],
    ['with new ones between them', [...items('- Be kind.'), ...RULES, ...items('- Be exact.')]],
    [
      'in other words',
      items(
        '- Answer from the context above only.',
        '- Quote the manual wherever that helps.',
        '- Keep the answer short.',
      ),
    ],
  ])('survive %s', (_, after) => {
    expect(lostItem(RULES, after)).toBeUndefined()
  })

  it.each([
    ['one is missing', RULES.slice(0, 2), 2, 'missing'],
    [
      'one has another mark',
      [...RULES.slice(0, 2), ...items('1 The answer must be short.')],
      2,
      'missing',
    ],
    [
      'one is about something else',
      [...RULES.slice(0, 2), ...items('- Sell our new plan.')],
      2,
      'replaced',
    ],
    ['one is there twice', [...RULES.slice(0, 2), ...RULES.slice(1, 2)], 2, 'replaced'],
    ['they have another order', [...RULES.slice(1), ...RULES.slice(0, 1)], 0, 'replaced'],
  ] as const)('do not where %s', (_, after, index, reason) => {
    const loss = lostItem(RULES, after)
    expect(loss?.reason).toBe(reason)
    if (reason === 'missing' || index > 0) expect(loss?.index).toBeGreaterThan(0)
  })

  it('are not compared by what is protected by itself', () => {
    expect(lostItem(items('- {{a}}'), items('- {{b}}'))).toBeUndefined()
    expect(lostItem(items('- {{report}} is it'), items('- {{report}} means: sell'))?.reason).toBe(
      'replaced',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { CLARITY_RULES } from '../../../../src/optimizer/rewriting/clarity-rules.js'
import { EFFICIENCY_RULES } from '../../../../src/optimizer/rewriting/efficiency-rules.js'
import { refusalOf } from '../../../../src/optimizer/rewriting/refusal.js'
import {
  applyRules,
  type RewritingRule,
} from '../../../../src/optimizer/rewriting/rewriting-rule.js'
import { STRUCTURE_RULES } from '../../../../src/optimizer/rewriting/structure-rules.js'
import { REAL_TEXTS } from './rewriting-texts.js'

const SETS: readonly (readonly [name: string, rules: readonly RewritingRule[]])[] = [
  ['clarity', CLARITY_RULES],
  ['efficiency', EFFICIENCY_RULES],
  ['structure', STRUCTURE_RULES],
]

describe('rules that rewrite', () => {
  it.each(SETS)('find nothing in their own result, on every real text: %s', (_, rules) => {
    const changed = REAL_TEXTS.filter((text) => {
      const once = applyRules(text, 'basic', rules)
      expect(once.refused, text).toEqual([])
      expect(refusalOf(text, once.text, 'basic'), text).toEqual([])
      const twice = applyRules(once.text, 'basic', rules)
      expect(twice.text).toBe(once.text)
      expect(twice.changes).toEqual([])
      return once.text !== text
    })
    expect(changed.length).toBeGreaterThan(0)
  })

  it('record each change, with what was there at its place in the first text', () => {
    const text = 'You should really read the text in order to answer the user.'
    const { changes } = applyRules(text, 'basic', EFFICIENCY_RULES)
    expect(changes).toEqual([
      {
        rule_id: 'efficiency-filler',
        description: 'A word that adds nothing was dropped',
        location: [11, 18],
        before: 'really ',
        after: '',
      },
      {
        rule_id: 'efficiency-phrase',
        description: 'A phrase became a word',
        location: [32, 43],
        before: 'in order to',
        after: 'to',
      },
    ])
    for (const { location: [start, end] = [0, 0], before } of changes)
      expect(text.slice(start, end)).toBe(before)
  })

  it('are dropped where they would lose something that is protected', () => {
    const careless: RewritingRule = {
      id: 'careless',
      description: 'Everything was dropped',
      edits: ({ text }) => [{ start: 0, end: text.length, after: 'Do it.' }],
    }
    const text = 'Use {{x}} in order to answer.'
    expect(applyRules(text, 'basic', [careless, ...EFFICIENCY_RULES])).toMatchObject({
      text: 'Use {{x}} to answer.',
      refused: ['careless'],
    })
  })
})

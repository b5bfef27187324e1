import { describe, expect, it } from 'vitest'
import { lineChanges } from '../../../../src/optimizer/rewriting/model-rewriting.js'

describe('the changed lines of a rewriting by a model', () => {
  it('have what was before and after, at their places', () => {
    const before = 'one\ntwo\nthree\nfour\n'
    const after = 'zero\none\nTWO\nthree\n'
    const changes = lineChanges(before, after, 'llm_guided')
    expect(changes.map(({ before: was, after: is }) => [was, is])).toEqual([
      ['', 'zero\n'],
      ['two\n', 'TWO\n'],
      ['four\n', ''],
    ])
    for (const { location: [start, end] = [0, 0], before: was, rule_id } of changes) {
      expect(before.slice(start, end)).toBe(was)
      expect(rule_id).toBe('llm_guided')
    }
  })

  it('are none for the same text', () => {
    expect(lineChanges('one\n', 'one\n', 'llm_guided')).toEqual([])
  })
})

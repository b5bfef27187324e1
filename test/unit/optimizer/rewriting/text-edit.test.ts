import { describe, expect, it } from 'vitest'
import {
  applyEdits,
  changesOf,
  orderedEdits,
} from '../../../../src/optimizer/rewriting/text-edit.js'

const RULE = { id: 'r', description: 'changed' }

describe('edits of a text', () => {
  it('replace, insert and remove', () => {
    const edits = [
      { start: 0, end: 0, after: '# ' },
      { start: 2, end: 5, after: 'X' },
      { start: 6, end: 8, after: '' },
    ]
    expect(applyEdits('ab123 cd!', edits)).toBe('# abX !')
  })

  it('are ordered, and those that overlap an earlier one or change nothing are left out', () => {
    const edits = [
      { start: 4, end: 6, after: 'y' },
      { start: 0, end: 2, after: 'x' },
      { start: 1, end: 3, after: 'no' },
      { start: 7, end: 8, after: 'h' },
    ]
    expect(orderedEdits('abcdefgh', edits)).toEqual([
      { start: 0, end: 2, after: 'x' },
      { start: 4, end: 6, after: 'y' },
    ])
  })

  it('are recorded with what was before and after, at their places in the first text', () => {
    const first = [
      { start: 0, end: 0, after: '## T\n' },
      { start: 2, end: 4, after: '' },
    ]
    const second = applyEdits('abcdef', first)
    expect(second).toBe('## T\nabef')
    const edits = [{ start: 7, end: 8, after: 'E' }]
    expect(changesOf(RULE, second, edits, [first])).toEqual([
      { rule_id: 'r', description: 'changed', location: [4, 5], before: 'e', after: 'E' },
    ])
    // Within an insertion there is no place of the first text: its own place counts.
    expect(changesOf(RULE, second, [{ start: 1, end: 2, after: '' }], [first])).toMatchObject([
      { location: [0, 0] },
    ])
  })
})

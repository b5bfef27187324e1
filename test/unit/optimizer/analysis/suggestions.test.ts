import { describe, expect, it } from 'vitest'
import { suggestionsFor } from '../../../../src/optimizer/analysis/suggestions.js'
import type { IssueType } from '../../../../src/versions/prompts/prompt-version.js'

const issue = (type: IssueType) => ({ severity: 'info', type, description: '' }) as const

describe('suggestions', () => {
  it('come for four kinds of issues, the most urgent first', () => {
    const issues = (
      ['poor_formatting', 'too_long', 'missing_structure', 'vague_language', 'too_short'] as const
    ).map(issue)
    expect(suggestionsFor(issues, true).map(({ type, priority }) => `${priority} ${type}`)).toEqual(
      [
        '9 clarify_instructions',
        '8 add_structure',
        '7 reduce_length',
        '7 add_examples',
        '6 improve_formatting',
      ],
    )
  })

  it('come once for several issues of one kind', () => {
    expect(suggestionsFor([issue('vague_language'), issue('vague_language')], false)).toHaveLength(
      1,
    )
  })
})

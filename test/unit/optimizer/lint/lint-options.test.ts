import { describe, expect, it } from 'vitest'
import { checkRuleLevels, levelsFor } from '../../../../src/optimizer/lint/lint-options.js'

describe('the levels of rules', () => {
  it('are those of the options, and those of later overrides whose files match', () => {
    const options = {
      rules: { 'unused-input': 'warning', 'no-prompt': 'off' },
      overrides: [
        { files: ['drafts/*'], rules: { 'unused-input': 'off' } },
        { files: ['drafts/old/*.yml', 'x.yml'], rules: { 'unused-input': 'note' } },
      ],
    } as const
    const level = (file: string) => levelsFor(file, options)['unused-input']
    expect(['a.yml', 'drafts/a.yml', 'drafts\\old\\a.yml', 'x.yml', 'y/x.yml'].map(level)).toEqual([
      'warning',
      'off',
      'note',
      'note',
      'warning',
    ])
    expect(levelsFor('drafts/a.yml', options)['no-prompt']).toBe('off')
  })

  it.each([
    ['*', 'a/b.yml', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['*.yml', 'a.yaml', false],
    ['a.yml', 'a.yml.bak', false],
  ])('%j matches %j: %s', (pattern, file, expected) => {
    const levels = levelsFor(file, {
      overrides: [{ files: [pattern], rules: { 'no-prompt': 'off' } }],
    })
    expect(levels['no-prompt'] === 'off').toBe(expected)
  })

  it('are refused by name where they are wrong', () => {
    const check = (options: unknown) => () => checkRuleLevels(options as object)
    expect(check({ rules: { 'unused-inputs': 'off' } })).toThrow(
      /Unknown option "unused-inputs" of rules; did you mean "unused-input"/,
    )
    expect(check({ rules: { 'unused-input': 'of' } })).toThrow(/"rules.unused-input"/)
    expect(check({ rules: [] })).toThrow(/Option "rules" must be an object/)
    expect(check({ overrides: {} })).toThrow(/Option "overrides" must be a list/)
    expect(check({ overrides: [5] })).toThrow(/"overrides\[0\]" must be an object/)
    expect(check({ overrides: [{ files: 'a' }] })).toThrow(/"overrides\[0\].files"/)
    expect(check({ overrides: [{ files: [], rules: { x: 'off' } }] })).toThrow(/Unknown option "x"/)
  })
})

import { describe, expect, it } from 'vitest'
import { parseCases } from '../../../../src/optimizer/evaluation/case-file.js'
import { promptfooCases } from '../../../../src/optimizer/evaluation/promptfoo-tests.js'

const CONFIG = `
prompts: [file://p.txt]
defaultTest:
  vars: { language: French }
  assert:
    - { type: not-icontains, value: sorry }
tests:
  - description: greets
    vars: { text: Hello }
    assert:
      - { type: equals, value: Bonjour }
      - { type: contains-all, value: [Bon, jour], weight: 2 }
      - { type: similar, value: Bonjour, threshold: 0.8 }
      - { type: regex, value: ^B }
      - { type: llm-rubric, value: is polite }
      - { type: is-json, value: { type: object } }
      - { type: javascript, value: output.length < 5 }
  - vars: { text: Bye, language: German }
`

describe('tests of promptfoo', () => {
  it('are cases with the variables and assertions of the default test', () => {
    const { cases, notes } = parseCases(CONFIG, 'promptfooconfig.yaml')
    expect(cases).toMatchObject([
      {
        inputs: { language: 'French', text: 'Hello' },
        metadata: { description: 'greets' },
        evaluators: [
          { type: 'contains', values: ['sorry'], not: true, ignore_case: true },
          { type: 'exact', value: 'Bonjour' },
          { type: 'contains', values: ['Bon', 'jour'], weight: 2 },
          { type: 'similarity', value: 'Bonjour', threshold: 0.8 },
          { type: 'regex', pattern: '^B', flags: '' },
          { type: 'llm_judge', criteria: 'is polite' },
          { type: 'json_schema', schema: { type: 'object' } },
        ],
      },
      { inputs: { language: 'German', text: 'Bye' } },
    ])
    expect(notes).toEqual(['tests[0]: assertion "javascript" is left out'])
  })

  it('may be a list of their own', () => {
    const text = '[{"vars": {"a": "1"}, "assert": [{"type": "contains", "value": 5}]}]'
    const { cases } = parseCases(text, 'tests.json')
    expect(cases).toMatchObject([{ inputs: { a: '1' }, evaluators: [{ values: ['5'] }] }])
  })

  it('are refused where a variable is in another file, and where there are none', () => {
    const refuse = (reason: string): Error => new Error(reason)
    const elsewhere = { tests: [{ vars: { a: 'file://a.txt' } }] }
    expect(() => promptfooCases(elsewhere, refuse)).toThrow(
      /tests\[0\]\.vars\.a is in another file/,
    )
    expect(() => promptfooCases({ tests: 'file://x' }, refuse)).toThrow(/neither a list/)
  })
})

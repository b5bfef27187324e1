import { describe, expect, it } from 'vitest'
import { literalBraces } from '../../../../../src/optimizer/lint/rules/literal-braces.js'
import { contextFor, llm, messagesOf, START } from '../lint-workflow.js'

describe('literal-braces', () => {
  it('fires for a name that is an input, and suggests the reference', () => {
    const nodes = [START, llm('a', 'Answer {{question}} now')]
    const [fault] = literalBraces(contextFor(nodes))
    expect(fault?.message).toBe(
      '{{question}} is literal text here: Dify fills in {{#node.field#}} only',
    )
    expect(fault?.remedy).toBe('Write {{#start.question#}}')
  })

  it('fires for a name that is an output above, a variable of the workflow, or a reference without marks', () => {
    const code = { id: 'c', type: 'code', outputs: { total: { type: 'number' } } }
    const nodes = [START, code, llm('a', '{{total}} {{memory}} {{c.total}} {{query}} {{context}}')]
    const more = { mode: 'advanced-chat', conversation: ['memory'] }
    expect(literalBraces(contextFor(nodes, more)).map(({ remedy }) => remedy)).toEqual([
      'Write {{#c.total#}}',
      'Write {{#conversation.memory#}}',
      'Write {{#c.total#}}',
      'Write {{#sys.query#}}',
      'Write {{#context#}}',
    ])
  })

  it.each([
    '{{name}}',
    '{{ {"a": 1} }}',
    '`{{question}}`',
    '{{#start.question#}}',
    '{{ color: red }}',
  ])('does not fire for %s', (text) => {
    expect(messagesOf(literalBraces, [START, llm('a', text)])).toEqual([])
  })

  it('does not fire for an output that comes later', () => {
    const code = { id: 'c', type: 'code', outputs: { total: { type: 'number' } } }
    expect(messagesOf(literalBraces, [START, llm('a', '{{total}}'), code])).toEqual([])
  })
})

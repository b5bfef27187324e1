import { describe, expect, it } from 'vitest'
import {
  malformedReference,
  unresolvableReference,
  unresolvableSelector,
} from '../../../../../src/optimizer/lint/rules/references.js'
import { llm, messagesOf, START } from '../lint-workflow.js'

describe('unresolvable-reference', () => {
  const messages = (text: string) => messagesOf(unresolvableReference, [START, llm('a', text)])

  it('fires for a node that does not exist', () => {
    expect(messages('{{#gone.text#}}')).toEqual([
      '{{#gone.text#}} is not resolved: the workflow has no node with the id "gone"',
    ])
  })

  it('fires for an id with "-", which the editor alone resolves', () => {
    const nodes = [START, llm('llm-1', 'x'), llm('b', '{{#llm-1.text#}}')]
    expect(messagesOf(unresolvableReference, nodes)[0]).toContain('does not read an id with "-"')
  })

  it('fires for ids and names of nodes that the engine does not read', () => {
    const nodes = [
      { id: '节点1', type: 'start', variables: [{ variable: 'q' }] },
      { id: 'b', type: 'code', outputs: { ['x'.repeat(31)]: { type: 'string' } } },
      llm('a', `{{#节点1.q#}} {{#b.${'x'.repeat(31)}#}} {{#节点2.q#}} {{#[节点].[名]#}}`),
    ]
    expect(messagesOf(unresolvableReference, nodes)).toEqual([
      expect.stringContaining('{{#节点1.q#}} is not resolved: the engine reads ids of at most 50'),
      expect.stringContaining('the engine reads names of at most 30'),
    ])
  })

  it('fires in each kind of text, answers too', () => {
    const nodes = [START, { id: 'a', type: 'answer', answer: '{{#gone.text#}}' }]
    expect(messagesOf(unresolvableReference, nodes)).toHaveLength(1)
  })

  it('does not fire for what resolves, for the context, and for plain braces', () => {
    expect(messages('{{#start.question#}} {{#context#}} {{name}} {{#sys.user_id#}}')).toEqual([])
  })

  it('does not fire for the grammar in a prompt about Dify', () => {
    expect(messages('{{#[node].[name]#}} and `{{#node-id.name#}}`')).toEqual([])
  })
})

describe('malformed-reference', () => {
  const messages = (text: string) => messagesOf(malformedReference, [START, llm('a', text)])

  it.each(['{{# start.question #}}', '{{#start.question}}', '{{start.question#}}'])(
    'fires for %s',
    (raw) => {
      expect(messages(`Answer ${raw}`)).toEqual([
        `${raw} is not read as a reference: the model gets it as it is written`,
      ])
    },
  )

  it.each([
    '{{#start.question#}}',
    '{{start}}',
    '{{#llm-1.text#}}',
    '```\n{{#start.question}}\n```',
  ])('does not fire for %j', (text) => {
    expect(messages(`Answer\n${text}`)).toEqual([])
  })
})

describe('unresolvable-selector', () => {
  it('fires for a selector of a node that does not exist', () => {
    const end = {
      id: 'end',
      type: 'end',
      outputs: [{ variable: 'x', value_selector: ['gone', 'text'] }],
    }
    expect(messagesOf(unresolvableSelector, [START, end])).toEqual([
      'The node selects gone.text, which it cannot have: the workflow has no node with the id "gone"',
    ])
  })

  it('does not fire for what resolves, for empty selectors, and for what is switched off', () => {
    const context = { enabled: false, variable_selector: ['gone', 'result'] }
    const nodes = [
      START,
      llm('a', 'x', { context }),
      {
        id: 'c',
        type: 'code',
        variables: [
          { variable: 'x', value_selector: ['start', 'question'] },
          { value_selector: [] },
        ],
      },
      { id: 'v', type: 'variable-aggregator', output_selector: ['gone', 'text'] },
    ]
    expect(messagesOf(unresolvableSelector, nodes)).toEqual([])
  })
})

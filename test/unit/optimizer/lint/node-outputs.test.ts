import { describe, expect, it } from 'vitest'
import { outputsOf } from '../../../../src/optimizer/lint/node-outputs.js'
import { workflow, type TestNode } from './lint-workflow.js'

const outputs = (node: TestNode): readonly string[] | undefined => {
  const [parsed] = workflow([node]).nodes
  const found = parsed === undefined ? undefined : outputsOf(parsed)
  return found && [...found].filter((name) => !name.startsWith('error_'))
}

describe('the outputs of a node', () => {
  it.each<[TestNode, string[]]>([
    [{ id: 'a', type: 'start', variables: [{ variable: 'question' }] }, ['question']],
    [{ id: 'a', type: 'template-transform' }, ['output']],
    [{ id: 'a', type: 'code', outputs: { sum: { type: 'number' } } }, ['sum']],
    [
      { id: 'a', type: 'parameter-extractor', parameters: [{ name: 'city' }] },
      ['city', '__is_success', '__reason', '__usage'],
    ],
    [{ id: 'a', type: 'variable-aggregator' }, ['output']],
    [
      {
        id: 'a',
        type: 'variable-aggregator',
        advanced_settings: { group_enabled: true, groups: [{ group_name: 'first' }] },
      },
      ['output', 'first'],
    ],
  ])('%j are %j', (node, names) => {
    expect(outputs(node)).toEqual(names)
  })

  it('are not known for tools, triggers, agents and types to come', () => {
    for (const type of ['tool', 'trigger-webhook', 'agent', 'datasource', 'something-new'])
      expect(outputs({ id: 'a', type })).toBeUndefined()
    expect(outputs({ id: 'a', type: 'code' })).toBeUndefined()
  })
})

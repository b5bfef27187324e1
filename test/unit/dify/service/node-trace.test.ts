import { expect, it } from 'vitest'
import { nodeTrace, totalPrice } from '../../../../src/dify/service/node-trace.js'

it('has what a node was sent, what it returned and what it cost', () => {
  const trace = nodeTrace(
    {
      id: 'e1',
      node_id: 'n1',
      node_type: 'llm',
      title: 'LLM',
      index: 2,
      status: 'succeeded',
      process_data: {
        prompts: [
          { role: 'system', text: 'Translate', files: [] },
          {
            role: 'user',
            content: [
              { type: 'text', data: 'Hello' },
              { type: 'image', url: 'x' },
            ],
          },
        ],
      },
      outputs: { text: 'Hola' },
      outputs_truncated: true,
      execution_metadata: {
        total_tokens: 12,
        total_price: '0.0000360',
        currency: 'USD',
        loop_id: 'l',
      },
    },
    1,
  )
  expect(trace).toMatchObject({
    prompts: [
      { role: 'system', text: 'Translate' },
      { role: 'user', text: 'Hello' },
    ],
    total_price: '0.000036',
    loop_id: 'l',
    retries: 1,
    truncated: ['outputs'],
  })
})

it('of an unfinished or unfamiliar node has what is known', () => {
  expect(nodeTrace({}, 0)).toMatchObject({ status: 'running', total_price: '0', prompts: [] })
  expect(nodeTrace({ status: 'of-a-later-version', error: '' }, 0).status).toBe('unknown')
})

it('does not count a container, whose price is that of the nodes in it', () => {
  const node = (type: string, price: string) =>
    nodeTrace({ node_type: type, execution_metadata: { total_price: price } }, 0)
  expect(totalPrice([node('iteration', '0.3'), node('llm', '0.1'), node('llm', '0.2')])).toBe('0.3')
})

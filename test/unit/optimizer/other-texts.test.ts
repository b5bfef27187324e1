import { describe, expect, it } from 'vitest'
import type { DifyNode } from '../../../src/optimizer/dify-workflow.js'
import { otherTextsOfLlmNode, textsOfOtherNode } from '../../../src/optimizer/other-texts.js'

const node = (data: DifyNode['data'], type = 'agent'): DifyNode => ({
  id: 'n',
  type,
  data,
  path: 'workflow.graph.nodes[0]',
})
const ofLlm = (data: DifyNode['data']): number => otherTextsOfLlmNode(node(data, 'llm'))?.texts ?? 0
const ofOther = (data: DifyNode['data']): number => textsOfOtherNode(node(data))?.texts ?? 0

describe('the texts of a node that is not an LLM node', () => {
  it('are counted at their places, with id and type of the node', () => {
    expect(textsOfOtherNode(node({ answer: 'a' }, 'answer'))).toEqual({
      node_id: 'n',
      node_type: 'answer',
      texts: 1,
    })
    expect(ofOther({ prompt_template: [{ text: 'a', jinja2_text: 'b' }, { text: 'c' }] })).toBe(3)
    expect(ofOther({ prompt_template: { text: 'a' } })).toBe(1)
    expect(ofOther({ classes: { x: { name: 'a' }, y: { name: 'b' } } })).toBe(2)
    expect(
      ofOther({ agent_job: { declared_outputs: [{ description: 'a', check: { prompt: 'b' } }] } }),
    ).toBe(2)
  })

  it('are none where they are blank, not texts, or at places that are not for people', () => {
    expect(textsOfOtherNode(node({}))).toBeUndefined()
    expect(
      ofOther({
        answer: ' \n',
        instruction: 7,
        classes: 'text',
        parameters: [null, ['description'], { description: { text: 'a' } }],
        code: 'def main(): pass',
        body: 'request',
      }),
    ).toBe(0)
  })
})

describe('the other texts of an LLM node', () => {
  it('are the edition of a message that is not used, if it says something else', () => {
    const message = (edition_type: string, text: unknown, jinja2_text: unknown): number =>
      ofLlm({ prompt_template: [{ edition_type, text, jinja2_text }] })
    expect(message('basic', 'used', 'unused')).toBe(1)
    expect(message('jinja2', 'unused', 'used')).toBe(1)
    expect(message('basic', 'same', 'same')).toBe(0)
    expect(message('basic', 'used', ' ')).toBe(0)
    expect(message('jinja2', undefined, 'used')).toBe(0)
    expect(ofLlm({ prompt_template: { text: 'used', jinja2_text: 'unused' } })).toBe(1)
  })

  it('are prefixes of roles, and the descriptions of a structured output at any depth', () => {
    expect(ofLlm({ memory: { role_prefix: { user: 'U', assistant: '' } } })).toBe(1)
    const schema = {
      description: 'a',
      properties: { b: { description: 'c' }, description: { description: 'd' } },
      list: [{ description: 'e' }, { description: ' ' }],
    }
    expect(ofLlm({ structured_output: { schema } })).toBe(4)
    expect(otherTextsOfLlmNode(node({ prompt_template: 'text' }, 'llm'))).toBeUndefined()
  })
})

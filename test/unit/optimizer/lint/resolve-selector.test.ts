import { describe, expect, it } from 'vitest'
import { reasonOf } from '../../../../src/optimizer/lint/resolve-selector.js'
import { contextFor, llm, START, type TestNode, type TestWorkflow } from './lint-workflow.js'

const NODES: readonly TestNode[] = [
  START,
  llm('answer', 'Answer'),
  { id: 'each', type: 'iteration' },
  { id: 'first', type: 'iteration-start', parentId: 'each' },
  { ...llm('inner', 'Do'), parentId: 'each' },
  { id: 'rounds', type: 'loop', loop_variables: [{ label: 'count' }] },
  { id: 'tool', type: 'tool' },
  llm('last', 'Sum up'),
]
const EDGES = [
  'start>answer',
  'answer>each',
  'first>inner',
  'each>rounds',
  'rounds>tool',
  'tool>last',
]

const reason = (selector: string, at: string, more: TestWorkflow = {}): string | undefined => {
  const context = contextFor(NODES, { edges: EDGES, ...more })
  return reasonOf(selector.split('.'), context.graph.nodes.get(at), context)?.message
}

describe('a reference can be resolved', () => {
  it.each([
    ['start.question', 'answer'],
    ['answer.text', 'last'],
    ['answer.error_message', 'last'],
    ['answer.structured_output', 'last'],
    ['each.item', 'inner'],
    ['each.index', 'inner'],
    ['each.output', 'last'],
    ['answer.text', 'inner'],
    ['rounds.count', 'last'],
    ['tool.anything', 'last'],
    ['sys.files', 'answer'],
    ['rag.shared.x', 'answer'],
  ])('%s in %s', (selector, at) => {
    expect(reason(selector, at)).toBeUndefined()
  })

  it('where it is one of a chatflow, in a chatflow', () => {
    expect(reason('sys.query', 'answer', { mode: 'advanced-chat' })).toBeUndefined()
  })

  it('where a variable of the workflow has its name', () => {
    const more = { environment: ['KEY'], conversation: ['memory'] }
    expect(reason('env.KEY', 'answer', more)).toBeUndefined()
    expect(reason('conversation.memory', 'answer', more)).toBeUndefined()
  })
})

describe('a reference cannot be resolved', () => {
  it.each([
    ['gone.text', 'answer', 'the workflow has no node with the id "gone"'],
    ['answer.txt', 'last', 'the node "answer" has no output "txt"'],
    ['start.name', 'answer', 'the node "start" has no output "name"'],
    ['last.text', 'answer', 'the node "last" does not run before this one'],
    ['inner.text', 'last', 'the node "inner" is inside "each", and its outputs end with it'],
    ['each.item', 'last', '"item" exists only inside the iteration "each"'],
    ['rounds.total', 'last', 'the node "rounds" has no output "total"'],
    ['sys.question', 'answer', 'there is no system variable "question"'],
    ['sys.query', 'answer', '"sys.query" exists in chatflows, and this is a workflow'],
    ['env.KEY', 'answer', 'the workflow has no environment variable "KEY"'],
    ['conversation.x', 'answer', 'the workflow has no conversation variable "x"'],
  ])('%s in %s: %s', (selector, at, message) => {
    expect(reason(selector, at)).toBe(message)
  })

  it('for its order only where the node itself is connected', () => {
    const more = { edges: ['start>last'] }
    expect(reason('last.text', 'answer', more)).toBeUndefined()
    expect(reason('gone.text', 'answer', more)).toContain('no node')
  })

  it('and the remedy names what there is', () => {
    const context = contextFor(NODES, { edges: EDGES })
    const node = context.graph.nodes.get('last')
    expect(reasonOf(['answer', 'txt'], node, context)?.remedy).toMatch(
      /^Use one of its outputs: text, /,
    )
  })
})

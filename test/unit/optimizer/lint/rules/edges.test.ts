import { describe, expect, it } from 'vitest'
import { danglingEdge } from '../../../../../src/optimizer/lint/rules/edges.js'
import { llm, messagesOf, START } from '../lint-workflow.js'

describe('dangling-edge', () => {
  it('fires for an edge to or from a node that does not exist', () => {
    const edges = ['start>a', 'a>gone', 'lost>a']
    expect(messagesOf(danglingEdge, [START, llm('a', 'x')], { edges })).toEqual([
      'The edge from "a" to "gone" leads nowhere: there is no node "gone"',
      'The edge from "lost" to "a" leads nowhere: there is no node "lost"',
    ])
  })

  it('does not fire for edges between nodes', () => {
    expect(messagesOf(danglingEdge, [START, llm('a', 'x')])).toEqual([])
  })
})

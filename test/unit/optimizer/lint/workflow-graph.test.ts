import { describe, expect, it } from 'vitest'
import { WorkflowGraph } from '../../../../src/optimizer/lint/workflow-graph.js'
import { START, workflow, type TestNode } from './lint-workflow.js'

const node = (id: string, more: object = {}): TestNode => ({ id, type: 'code', ...more })
const sorted = (ids: ReadonlySet<string>): string[] => [...ids].sort()

describe('the graph of a workflow', () => {
  it('has above a node what is before it on any way, without the node', () => {
    const edges = ['start>a', 'start>b', 'a>c', 'b>c', 'c>d']
    const graph = new WorkflowGraph(
      workflow([START, node('a'), node('b'), node('c'), node('d')], { edges }),
    )
    expect(sorted(graph.above('c'))).toEqual(['a', 'b', 'start'])
    expect(sorted(graph.above('start'))).toEqual([])
  })

  it('has above a node in a container what is above the container, and the container', () => {
    const nodes = [
      START,
      { id: 'each', type: 'iteration' },
      { id: 'first', type: 'iteration-start', parentId: 'each' },
      node('inner', { parentId: 'each' }),
      node('after'),
    ]
    const edges = ['start>each', 'first>inner', 'each>after']
    const graph = new WorkflowGraph(workflow(nodes, { edges }))
    expect(sorted(graph.above('inner'))).toEqual(['each', 'first', 'start'])
    expect(graph.containersOf('inner')).toEqual(['each'])
    expect(graph.containersOf('after')).toEqual([])
    expect(['inner', 'after'].map((id) => graph.isReached(id))).toEqual([true, true])
  })

  it('reaches from the entries, and not what is connected to nothing', () => {
    const trigger = { id: 'hook', type: 'trigger-webhook' }
    const graph = new WorkflowGraph(
      workflow([trigger, node('a'), node('draft')], { edges: ['hook>a'] }),
    )
    expect(['hook', 'a', 'draft', 'unknown'].map((id) => graph.isReached(id))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('ends for edges and containers in circles', () => {
    const nodes = [
      START,
      { id: 'x', type: 'loop', parentId: 'y' },
      { id: 'y', type: 'loop', parentId: 'x' },
      node('a'),
      node('b'),
    ]
    const graph = new WorkflowGraph(workflow(nodes, { edges: ['start>a', 'a>b', 'b>a'] }))
    expect(graph.containersOf('x')).toEqual(['y', 'x'])
    expect(sorted(graph.above('a'))).toEqual(['b', 'start'])
    expect(sorted(graph.above('x'))).toEqual(['y'])
  })
})

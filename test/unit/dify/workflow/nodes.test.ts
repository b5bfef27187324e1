import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import { findEdges, findNodes } from '../../../../src/dify/workflow/nodes.js'
import { emptyAt, listOf } from '../../../../src/dify/file/yaml-collections.js'
import { PlainValues } from '../../../../src/dify/file/yaml-tree.js'

const GRAPH = `
workflow:
  graph:
    nodes:
      - {id: 1720506191043, parentId: '7', data: {type: llm, title: One, n: 1_0}}
      - {id: b, data: {type: code, loop_id: c}}
      - {id: b, data: {iteration_id: d}}
      - {data: {type: llm}}
      - text
    edges:
      - {id: e, source: 1720506191043, sourceHandle: 'false', target: b, targetHandle: target}
      - {source: b}
`

describe('nodes and edges', () => {
  const file = parseDifyFile(GRAPH, 'x.yml')

  it('have ids as they are written, titles and containers', () => {
    expect(file.nodes).toMatchObject([
      {
        id: '1720506191043',
        type: 'llm',
        title: 'One',
        parentId: '7',
        path: 'workflow.graph.nodes[0]',
        pointer: '/workflow/graph/nodes/0',
        data: { n: '1_0' },
      },
      { id: 'b', type: 'code', parentId: 'c' },
      { id: 'b', type: '', parentId: 'd' },
    ])
    expect(file.edges).toEqual([
      {
        id: 'e',
        source: '1720506191043',
        sourceHandle: 'false',
        target: 'b',
        targetHandle: 'target',
        pointer: '/workflow/graph/edges/0',
      },
    ])
  })

  it('that cannot be used are noted, with their place', () => {
    expect(file.notes.map(({ kind, line, message }) => [kind, line, message])).toEqual([
      ['bad_item', 7, `"workflow.graph.nodes[2]" has the id 'b' of another node; it is kept`],
      ['bad_item', 8, '"workflow.graph.nodes[3].id" is missing'],
      ['bad_item', 9, '"workflow.graph.nodes[4]" is not a mapping'],
      ['bad_item', 12, '"workflow.graph.edges[1]" has no source or no target'],
    ])
  })

  it('may be missing', () => {
    expect(findEdges(undefined, () => undefined)).toEqual([])
    const none = listOf([emptyAt(0)], { start: 0, end: 0 })
    expect(findNodes(none, new PlainValues('text'), () => undefined)).toEqual([])
  })
})

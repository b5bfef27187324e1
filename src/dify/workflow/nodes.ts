import { shown } from '../../base/options.js'
import {
  fieldOf,
  type PlainValues,
  pointerStep,
  sourceOf,
  type YamlList,
  type YamlNode,
} from '../file/yaml-tree.js'

/** A YAML mapping as plain data. */
export type YamlRecord = Readonly<Record<string, unknown>>

/** A node of a workflow. */
export interface DifyNode {
  readonly id: string
  /** `data.type`, the real one: the outer `type` of a Dify node only says how it is drawn. */
  readonly type: string
  /** `data`, with numbers as their text in the file: ids are written as numbers, too, and must not lose a digit. */
  readonly data: YamlRecord
  /** Its place in the file, for messages. */
  readonly path: string
  /** `data.title`: its name on the canvas. */
  readonly title?: string | undefined
  /** The id of the iteration or loop that it is in. */
  readonly parentId?: string | undefined
  /** The JSON pointer (RFC 6901) to it. */
  readonly pointer?: string | undefined
}

/** A connection of two nodes. */
export interface DifyEdge {
  readonly id: string | undefined
  readonly source: string
  /** The branch that it leaves by: the id of a class or a case, `false`, `fail-branch`, or `source`. */
  readonly sourceHandle: string | undefined
  readonly target: string
  readonly targetHandle: string | undefined
  readonly pointer: string
}

/** Reports a part of the file that cannot be used, and is skipped. */
export type OnSkipped = (node: YamlNode, pointer: string, reason: string) => void

/** A node of a workflow with its place in the file. */
export interface FoundNode {
  readonly node: DifyNode
  readonly data: YamlNode | undefined
}

const NODES = '/workflow/graph/nodes'
const EDGES = '/workflow/graph/edges'

/** The nodes of the list at `workflow.graph.nodes`. What is not a node is skipped. */
export function findNodes(list: YamlList, plain: PlainValues, onSkipped: OnSkipped): FoundNode[] {
  const seen = new Set<string>()
  return list.items.flatMap((item, index) => {
    const pointer = `${NODES}/${index}`
    const path = `workflow.graph.nodes[${index}]`
    const id = sourceOf(fieldOf(item, 'id'))
    if (item.kind !== 'map' || id === undefined || id === '') {
      const reason = item.kind === 'map' ? `"${path}.id" is missing` : `"${path}" is not a mapping`
      onSkipped(item, pointer, reason)
      return []
    }
    if (seen.has(id))
      onSkipped(item, pointer, `"${path}" has the id ${shown(id)} of another node; it is kept`)
    seen.add(id)
    const data = fieldOf(item, 'data')
    const node: DifyNode = {
      id,
      type: sourceOf(fieldOf(data, 'type')) ?? '',
      data: data?.kind === 'map' ? (plain.of(data) as YamlRecord) : {},
      path,
      title: sourceOf(fieldOf(data, 'title')),
      parentId: parentOf(item),
      pointer,
    }
    return [{ node, data }]
  })
}

/** Exports of different years name the container in different places. */
function parentOf(item: YamlNode): string | undefined {
  return (
    sourceOf(fieldOf(item, 'parentId')) ??
    sourceOf(fieldOf(item, 'data', 'iteration_id')) ??
    sourceOf(fieldOf(item, 'data', 'loop_id'))
  )
}

/** The edges of the list at `workflow.graph.edges`; none if there is no list. */
export function findEdges(list: YamlNode | undefined, onSkipped: OnSkipped): DifyEdge[] {
  if (list?.kind !== 'list') return []
  return list.items.flatMap((item, index) => {
    const pointer = EDGES + pointerStep(index)
    const source = sourceOf(fieldOf(item, 'source'))
    const target = sourceOf(fieldOf(item, 'target'))
    if (source === undefined || target === undefined) {
      onSkipped(item, pointer, `"workflow.graph.edges[${index}]" has no source or no target`)
      return []
    }
    return [
      {
        id: sourceOf(fieldOf(item, 'id')),
        source,
        sourceHandle: sourceOf(fieldOf(item, 'sourceHandle')),
        target,
        targetHandle: sourceOf(fieldOf(item, 'targetHandle')),
        pointer,
      },
    ]
  })
}

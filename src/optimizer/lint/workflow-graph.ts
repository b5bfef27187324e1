import type { DifyFile } from '../../dify/workflow/dify-file.js'
import type { DifyNode } from '../../dify/workflow/nodes.js'

/** Node types that a run begins with. */
const ENTRIES: ReadonlySet<string> = new Set([
  'start',
  'datasource',
  'trigger-webhook',
  'trigger-schedule',
  'trigger-plugin',
])
/** The first node inside a container. It has no edge from outside. */
const INNER_ENTRIES: ReadonlySet<string> = new Set(['iteration-start', 'loop-start'])
const CONTAINERS: ReadonlySet<string> = new Set(['iteration', 'loop'])

/** The nodes and edges of a workflow, asked for what comes before what. */
export class WorkflowGraph {
  readonly nodes: ReadonlyMap<string, DifyNode>
  readonly #sources = new Map<string, string[]>()
  readonly #targets = new Map<string, string[]>()
  /** Of the node that was asked for last: those of all nodes would be as many as the square of their number. */
  #above: { readonly id: string; readonly found: ReadonlySet<string> } | undefined
  #reached: ReadonlySet<string> | undefined

  constructor({ nodes, edges }: Pick<DifyFile, 'nodes' | 'edges'>) {
    this.nodes = new Map(nodes.map((node) => [node.id, node]))
    for (const { source, target } of edges) {
      listOf(this.#sources, target).push(source)
      listOf(this.#targets, source).push(target)
    }
  }

  /** The nodes that run before one: along the edges backwards, and out of each container. The node is not among them. */
  above(id: string): ReadonlySet<string> {
    if (this.#above?.id === id) return this.#above.found
    const found = new Set<string>()
    for (let inside: string | undefined = id, depth = 0; inside !== undefined; depth++) {
      for (const each of walk([inside], this.#sources))
        if (each !== inside || depth > 0) found.add(each)
      inside = this.#containerOf(inside)
      if (inside !== undefined && found.has(inside)) break
    }
    found.delete(id)
    this.#above = { id, found }
    return found
  }

  /** The containers around a node, the innermost first. */
  containersOf(id: string): readonly string[] {
    const found: string[] = []
    let at = this.#containerOf(id)
    while (at !== undefined && !found.includes(at)) {
      found.push(at)
      at = this.#containerOf(at)
    }
    return found
  }

  /** Whether a run can come to a node. A node without a way from the start is a draft, and nothing is said about it. */
  isReached(id: string): boolean {
    this.#reached ??= this.#reach()
    return this.#reached.has(id)
  }

  #containerOf(id: string): string | undefined {
    const parent = this.nodes.get(id)?.parentId
    const container = parent === undefined ? undefined : this.nodes.get(parent)
    return container !== undefined && CONTAINERS.has(container.type) ? container.id : undefined
  }

  #reach(): ReadonlySet<string> {
    const entries = [...this.nodes.values()].filter(({ type }) => ENTRIES.has(type))
    const reached = walk(
      entries.map(({ id }) => id),
      this.#targets,
    )
    // What is inside a container is reached with it, from its first node.
    for (let before = -1; before !== reached.size;) {
      before = reached.size
      const inner = [...this.nodes.values()].filter(
        ({ id, type, data }) =>
          (INNER_ENTRIES.has(type) || data['isIterationStart'] === true) &&
          reached.has(this.#containerOf(id) ?? ''),
      )
      for (const each of walk(
        inner.map(({ id }) => id),
        this.#targets,
      ))
        reached.add(each)
    }
    return reached
  }
}

function walk(from: readonly string[], edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set(from)
  const pending = [...from]
  for (let at = pending.pop(); at !== undefined; at = pending.pop())
    for (const next of edges.get(at) ?? [])
      if (!found.has(next)) {
        found.add(next)
        pending.push(next)
      }
  return found
}

function listOf(map: Map<string, string[]>, key: string): string[] {
  const list = map.get(key) ?? []
  map.set(key, list)
  return list
}

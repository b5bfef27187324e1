import type { Fault } from '../finding.js'
import type { LintContext } from '../lint-context.js'

/** An edge from or to a node that does not exist: what is behind it does not run. */
export function danglingEdge({ file, graph }: LintContext): readonly Fault[] {
  return file.edges.flatMap(({ source, target, pointer }) => {
    const missing = [source, target].filter((id) => !graph.nodes.has(id))
    return missing.map((id) => ({
      message: `The edge from "${source}" to "${target}" leads nowhere: there is no node "${id}"`,
      remedy: 'Connect the nodes again, or remove the edge',
      pointer,
      node: graph.nodes.get(id === source ? target : source),
    }))
  })
}

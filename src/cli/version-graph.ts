/** A version as a node of the graph: versions point to what they were made from. */
interface Node {
  readonly version: string
  readonly parent_version: string | null
}

/** A line of the drawing. */
export interface GraphRow<Drawn extends Node> {
  readonly rails: string
  /** The version at the `*` of this line; lines that only join branches have none. */
  readonly node?: Drawn
  /** What is before further lines of the text of this version. */
  readonly below: string
}

/**
 * Draws which version was made from which, as `git log --graph` does: each branch has a rail of two columns, and ends
 * at the version that it began with. A parent that is not drawn, or above its child, ends the rail.
 *
 * @param nodes the newest first
 */
export function drawGraph<Drawn extends Node>(nodes: readonly Drawn[]): readonly GraphRow<Drawn>[] {
  const rows: GraphRow<Drawn>[] = []
  const waiting = new Set(nodes.map(({ version }) => version))
  /** The version that each rail leads to; `undefined` for a gap. */
  const rails: (string | undefined)[] = []
  for (const node of nodes) {
    waiting.delete(node.version)
    const place = placeOf(rails, node.version)
    for (
      let from = rails.lastIndexOf(node.version);
      from > place;
      from = rails.lastIndexOf(node.version)
    ) {
      rows.push({ rails: joining(rails, from, place), below: '' })
      rails.splice(from, 1)
    }
    const drawn = rails.map((rail, at) => (at === place ? '*' : railOf(rail)))
    const { parent_version: parent } = node
    rails[place] = parent !== null && waiting.has(parent) ? parent : undefined
    while (rails.length > 0 && rails.at(-1) === undefined) rails.pop()
    rows.push({ rails: drawn.join(' '), node, below: rails.map(railOf).join(' ') })
  }
  return rows
}

/** The leftmost rail that leads to a version; a new one, in a gap if there is one, for a version without children. */
function placeOf(rails: (string | undefined)[], version: string): number {
  const known = rails.indexOf(version)
  if (known >= 0) return known
  const gap = rails.indexOf(undefined)
  const place = gap >= 0 ? gap : rails.length
  rails[place] = version
  return place
}

/** The line in which one rail joins another on its left, and those on its right move over. */
function joining(rails: readonly (string | undefined)[], from: number, to: number): string {
  const columns = Array.from({ length: 2 * rails.length }, () => ' ')
  for (const [at, rail] of rails.entries()) {
    if (at < from) columns[2 * at] = at > to && rail === undefined ? '_' : railOf(rail)
    else if (rail !== undefined) columns[2 * at - 1] = '/'
    if (at >= to && at < from - 1) columns[2 * at + 1] = '_'
  }
  return columns.join('').trimEnd()
}

function railOf(rail: string | undefined): string {
  return rail === undefined ? ' ' : '|'
}

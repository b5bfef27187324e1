import { reachable } from './durable.js'
import { ROOT_NODE, type Image } from './kernel.js'
import { hashText, mix } from './random.js'
import { SECTOR_BYTES, type Node } from './sectors.js'
import { withoutProcessId } from './trace.js'

const PAGE_FILE = '.shared'
/** Files whose bytes nothing depends on: locks, the mapped page, the reserve. */
const MEANINGLESS = /^\.(shared|lock|presence|checkpoint)$|^\.journal\/reserve$/
/** What is removed unread: staged files that no frame names (those that frames name are longer), half-made segments. */
const LEFTOVER = /^\.tmp\/staged|^\.journal\/filling-/
const NAMED_BYTES_MIN = 8 * 1024

export function imageOf(nodes: ReadonlyMap<number, Node>, page: Uint8Array): Image {
  const root = nodes.get(ROOT_NODE)
  const mapped = root?.kind === 'directory' && root.entries.has(PAGE_FILE)
  return { nodes: reachable(nodes), page: mapped ? page : new Uint8Array(0) }
}

/**
 * A hash of 53 bits over all that recovery may depend on: names, sizes, bytes. The shared page is not in it: it is
 * rewritten by the process that opens the store first, whatever it says.
 */
export function hashImage({ nodes }: Image): number {
  const sum = { low: 0, high: 0 }
  visit(nodes, ROOT_NODE, '', sum)
  return (sum.high & 0x1fffff) * 2 ** 32 + (sum.low >>> 0)
}

interface Sum {
  low: number
  high: number
}

function visit(nodes: ReadonlyMap<number, Node>, number: number, path: string, sum: Sum): void {
  const node = nodes.get(number)
  const name = hashText(withoutProcessId(path))
  if (node?.kind === 'directory') {
    add(sum, name)
    for (const [entry, target] of node.entries)
      visit(nodes, target, path === '' ? entry : `${path}/${entry}`, sum)
  } else if (node !== undefined && !isLeftover(path, node.size)) {
    add(sum, name ^ contentHash(path, node))
  }
}

function contentHash(path: string, node: Node & { readonly kind: 'file' }): number {
  if (MEANINGLESS.test(path)) return 1
  let hash = node.size | 0
  const count = Math.ceil(node.size / SECTOR_BYTES)
  for (let at = 0; at < count; at++) {
    const sector = node.sectors[at]
    if (sector !== undefined && sector.hash !== 0)
      hash = (hash + Math.imul(mix(sector.hash ^ at), 0x9e3779b1)) | 0
  }
  return hash
}

function isLeftover(path: string, size: number): boolean {
  return LEFTOVER.test(path) && (size <= NAMED_BYTES_MIN || path.startsWith('.journal/'))
}

/** Entries come in any order, so their hashes are added up. */
function add(sum: Sum, value: number): void {
  sum.low = (sum.low + mix(value)) | 0
  sum.high = (sum.high + mix(value ^ 0x5bd1e995)) | 0
}

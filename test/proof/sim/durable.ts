import { ROOT_NODE } from './kernel.js'
import type { Preset } from './presets.js'
import type { Random } from './random.js'
import {
  emptyDirectory,
  emptyFile,
  newSector,
  SECTOR_BYTES,
  ZERO_SECTOR,
  type Node,
  type Sector,
} from './sectors.js'
import type { MicroOperation, TraceEvent } from './trace.js'

export interface PendingOperation {
  readonly operation: MicroOperation
  readonly timeMs: number
}

/** What blocks held for another program before: nothing that this store ever wrote. */
const STALE_SECTOR: Sector = newSector(new Uint8Array(SECTOR_BYTES).fill(0x5a))

/**
 * What of a machine's files has certainly reached the disk, and what is still on its way, as its trace is followed.
 * A loss of power leaves the first and, of the second, what `crash` is told to keep.
 */
export class DurableView {
  readonly #preset: Preset
  readonly #random: Random
  #nodes: Map<number, Node>
  #pending: PendingOperation[] = []
  readonly #parents = new Map<number, Set<number>>()

  constructor(nodes: ReadonlyMap<number, Node>, preset: Preset, random: Random) {
    this.#nodes = new Map(nodes)
    this.#preset = preset
    this.#random = random
    for (const [number, node] of nodes) {
      if (node.kind !== 'directory') continue
      for (const target of node.entries.values()) this.#noteParent(target, number)
    }
  }

  get pending(): readonly PendingOperation[] {
    return this.#pending
  }

  follow(event: TraceEvent): void {
    if (event.type === 'born') {
      // Out of reach until an entry names it.
      this.#nodes.set(event.node, event.directory ? emptyDirectory(0) : emptyFile(0))
    } else if (event.type === 'change') {
      const { operation } = event
      this.#pending.push(event)
      if (operation.kind === 'enter') this.#noteParent(operation.target, operation.node)
    } else if (event.type === 'flush') {
      if (!this.#preset.lying) this.#settle((one) => this.#isFlushedBy(one, event.node))
    } else if (event.type === 'flush-all') {
      if (!this.#preset.lying) this.#settle(() => true)
    } else if (event.type === 'flush-failed') {
      this.#drop(event.node)
    }
  }

  /** The directories in which each node was ever named. */
  get parents(): ReadonlyMap<number, ReadonlySet<number>> {
    return this.#parents
  }

  /** The nodes after a loss of power that leaves of the pending operations those that `keeps` names. */
  crash(keeps: (place: number) => boolean): Map<number, Node> {
    const nodes = new Map(this.#nodes)
    this.#pending.forEach((one, place) => {
      if (keeps(place)) apply(nodes, one, this.#preset.stale)
    })
    return nodes
  }

  #noteParent(node: number, parent: number): void {
    const parents = this.#parents.get(node) ?? new Set()
    this.#parents.set(node, parents.add(parent))
  }

  #settle(isFlushed: (operation: MicroOperation) => boolean): void {
    const settled = this.#pending.map(({ operation }) => isFlushed(operation))
    keepRenamed(this.#pending, settled, this.#parents)
    if (this.#preset.flushKeepsName) keepDirectoriesAbove(this.#pending, settled, this.#parents)
    settleEarlier(this.#pending, settled)
    this.#pending = this.#pending.filter((one, place) => {
      if (settled[place] === true) apply(this.#nodes, one, this.#preset.stale)
      return settled[place] === false
    })
  }

  #isFlushedBy(operation: MicroOperation, node: number): boolean {
    if (operation.node === node) return true
    if (isMetadata(operation)) {
      if (this.#preset.flushCommitsMetadata) return true
      return this.#preset.flushKeepsName && operation.kind === 'enter' && operation.target === node
    }
    return false
  }

  /**
   * A failed flush of a file: any part of it has been done, and of the rest nothing is tried again. Names stay on their
   * way: file systems write them through a log of their own, and take no more writes at all when that fails.
   */
  #drop(node: number): void {
    const keptPart = this.#random.pick([0, 0, 0.5, 1])
    const left: PendingOperation[] = []
    for (const one of this.#pending) {
      if (one.operation.node !== node || isMetadata(one.operation)) left.push(one)
      else if (this.#random.chance(keptPart)) apply(this.#nodes, one, this.#preset.stale)
    }
    this.#pending = left
  }
}

/** What was done to a name before what is durable of it cannot come after it. */
function settleEarlier(pending: readonly PendingOperation[], settled: boolean[]): void {
  const names = new Set<string>()
  for (let place = pending.length - 1; place >= 0; place--) {
    const { operation } = pending[place] as PendingOperation
    if (operation.kind !== 'enter' && operation.kind !== 'leave') continue
    const name = `${operation.node}/${operation.name}`
    if (settled[place] === true) names.add(name)
    else if (names.has(name)) settled[place] = true
  }
}

/**
 * rename(2) loses no file: its old name goes from the disk with the new one or after it, and then the directories that
 * lead there are on the disk too. A link and an unlink are two changes, and the second may be kept without the first:
 * Btrfs does so. `parents` are the directories in which each node was ever named.
 */
export function keepRenamed(
  pending: readonly PendingOperation[],
  kept: boolean[],
  parents: ReadonlyMap<number, ReadonlySet<number>>,
): void {
  const gone = new Set<number>()
  pending.forEach(({ operation }, place) => {
    if (operation.kind !== 'leave' || operation.pair === 0 || kept[place] !== true) return
    gone.add(operation.pair)
    for (const parent of parents.get(operation.target) ?? [])
      if (parent !== operation.node) keepNames(pending, kept, parents, parent)
  })
  pending.forEach(({ operation }, place) => {
    if (operation.kind === 'enter' && gone.has(operation.pair)) kept[place] = true
  })
}

/** Where a new name is on the disk, so are the new directories that lead to it. */
function keepDirectoriesAbove(
  pending: readonly PendingOperation[],
  kept: boolean[],
  parents: ReadonlyMap<number, ReadonlySet<number>>,
): void {
  pending.forEach(({ operation }, place) => {
    if (operation.kind === 'enter' && kept[place] === true)
      keepNames(pending, kept, parents, operation.node)
  })
}

/** Keeps all names that a directory was given, and those of the directories above it. */
function keepNames(
  pending: readonly PendingOperation[],
  kept: boolean[],
  parents: ReadonlyMap<number, ReadonlySet<number>>,
  node: number,
): void {
  pending.forEach(({ operation }, place) => {
    if (operation.kind === 'enter' && operation.target === node) kept[place] = true
  })
  for (const parent of parents.get(node) ?? []) keepNames(pending, kept, parents, parent)
}

export function isMetadata(operation: MicroOperation): boolean {
  return operation.kind === 'enter' || operation.kind === 'leave'
}

function apply(
  nodes: Map<number, Node>,
  { operation, timeMs }: PendingOperation,
  stale: boolean,
): void {
  const node = nodes.get(operation.node)
  if (operation.kind === 'data' && node?.kind === 'file') {
    const sectors = node.sectors.slice()
    sectors[operation.at] = operation.sector
    nodes.set(operation.node, { ...node, sectors, timeMs })
  } else if (operation.kind === 'size' && node?.kind === 'file') {
    const sectors = node.sectors.slice()
    const count = Math.ceil(operation.size / SECTOR_BYTES)
    for (let at = 0; at < count; at++) sectors[at] ??= stale ? STALE_SECTOR : ZERO_SECTOR
    nodes.set(operation.node, { ...node, size: operation.size, sectors, timeMs })
  } else if (operation.kind === 'enter' && node?.kind === 'directory') {
    const entries = new Map(node.entries).set(operation.name, operation.target)
    nodes.set(operation.node, { ...node, entries, timeMs })
  } else if (operation.kind === 'leave' && node?.kind === 'directory') {
    const entries = new Map(node.entries)
    entries.delete(operation.name)
    nodes.set(operation.node, { ...node, entries, timeMs })
  }
}

/** Only what the root leads to: the rest is free space. */
export function reachable(nodes: ReadonlyMap<number, Node>): Map<number, Node> {
  const found = new Map<number, Node>()
  const visit = (number: number): void => {
    const node = nodes.get(number)
    if (node === undefined || found.has(number)) return
    found.set(number, node)
    if (node.kind === 'directory') for (const target of node.entries.values()) visit(target)
  }
  visit(ROOT_NODE)
  return found
}

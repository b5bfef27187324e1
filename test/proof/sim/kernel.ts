import { errno } from './errno.js'
import {
  emptyDirectory,
  emptyFile,
  readFile,
  readWhole,
  SECTOR_BYTES,
  sectorsOfWrite,
  type DirectoryNode,
  type FileNode,
  type Node,
} from './sectors.js'
import { Trace, type Mark, type MicroOperation } from './trace.js'

export const ROOT_NODE = 1
export const PAGE_BYTES = 4096
/** The part of the shared page that means anything. */
const PAGE_USED_BYTES = 132

/** What a disk holds: the nodes that can be reached from the root, and what the mapped page's file holds. */
export interface Image {
  readonly nodes: ReadonlyMap<number, Node>
  readonly page: Uint8Array
}

export const EMPTY_IMAGE: Image = {
  nodes: new Map([[ROOT_NODE, emptyDirectory(0)]]),
  page: new Uint8Array(0),
}

/**
 * The file system of a simulated machine as its processes see it: one page cache for all of them. What of it is
 * durable is not decided here: every change and every flush goes into the trace, from which crash.ts tells what a loss
 * of power may leave.
 */
export class Kernel {
  readonly trace = new Trace()
  readonly nodes: Map<number, Node>
  /** The page that all processes map: it holds what a read of the file returns. */
  readonly page = new ArrayBuffer(PAGE_BYTES)
  readonly nowMs: () => number
  #lastNode: number
  #lastPair = 0

  constructor(image: Image, nowMs: () => number) {
    this.nodes = new Map(image.nodes)
    this.nowMs = nowMs
    this.#lastNode = Math.max(...this.nodes.keys())
    new Uint8Array(this.page).set(image.page)
  }

  /** The node at a path; undefined when there is none. ENOTDIR below a file. */
  find(path: string): number | undefined {
    let node = ROOT_NODE
    if (path === '') return node
    for (const name of path.split('/')) {
      const directory = this.nodes.get(node) as Node
      if (directory.kind !== 'directory') throw errno('ENOTDIR', 'lookup')
      const found = directory.entries.get(name)
      if (found === undefined) return undefined
      node = found
    }
    return node
  }

  /** ENOENT when there is none. */
  get(path: string): number {
    const node = this.find(path)
    if (node === undefined) throw errno('ENOENT', 'lookup')
    return node
  }

  file(node: number): FileNode {
    const found = this.nodes.get(node) as Node
    if (found.kind !== 'file') throw errno('EISDIR', 'read')
    return found
  }

  directory(node: number): DirectoryNode {
    const found = this.nodes.get(node) as Node
    if (found.kind !== 'directory') throw errno('ENOTDIR', 'lookup')
    return found
  }

  createFile(path: string): number {
    return this.#create(path, false)
  }

  makeDirectory(path: string): number {
    return this.#create(path, true)
  }

  #create(path: string, directory: boolean): number {
    const { parent, name } = this.#place(path)
    if (this.directory(parent).entries.has(name)) throw errno('EEXIST', 'create')
    const node = ++this.#lastNode
    const timeMs = this.nowMs()
    this.nodes.set(node, directory ? emptyDirectory(timeMs) : emptyFile(timeMs))
    this.trace.add({ type: 'born', node, directory })
    this.#change({ kind: 'enter', node: parent, name, target: node, pair: 0 })
    return node
  }

  write(node: number, bytes: Uint8Array, offset: number): void {
    const before = this.file(node)
    const sectors = before.sectors.slice()
    const timeMs = this.nowMs()
    for (const [at, sector] of sectorsOfWrite(before, bytes, offset)) {
      sectors[at] = sector
      this.#note({ kind: 'data', node, at, sector })
    }
    const size = Math.max(before.size, offset + bytes.length)
    this.nodes.set(node, { kind: 'file', size, sectors, timeMs })
    if (size !== before.size) this.#note({ kind: 'size', node, size })
  }

  truncate(node: number, size: number): void {
    const before = this.file(node)
    const sectors = before.sectors.slice(0, Math.ceil(size / SECTOR_BYTES))
    this.nodes.set(node, { kind: 'file', size, sectors, timeMs: this.nowMs() })
    this.#note({ kind: 'size', node, size })
  }

  read(node: number, offset: number, length: number): Uint8Array {
    return readFile(this.file(node), offset, length)
  }

  readWhole(node: number): Uint8Array {
    return readWhole(this.file(node))
  }

  link(from: string, to: string): void {
    const target = this.get(from)
    const { parent, name } = this.#place(to)
    if (this.directory(parent).entries.has(name)) throw errno('EEXIST', 'link')
    this.#change({ kind: 'enter', node: parent, name, target, pair: 0 })
  }

  rename(from: string, to: string): void {
    const target = this.get(from)
    const source = this.#place(from)
    const goal = this.#place(to)
    const replaced = this.directory(goal.parent).entries.get(goal.name)
    // Two names of one file: rename(2) does nothing.
    if (replaced === target) return
    if (replaced !== undefined && this.nodes.get(replaced)?.kind === 'directory') {
      throw errno('EISDIR', 'rename')
    }
    const pair = ++this.#lastPair
    this.#change({ kind: 'enter', node: goal.parent, name: goal.name, target, pair })
    this.#change({ kind: 'leave', node: source.parent, name: source.name, target, pair })
  }

  unlink(path: string): void {
    const target = this.get(path)
    if (this.nodes.get(target)?.kind === 'directory') throw errno('EISDIR', 'unlink')
    const { parent, name } = this.#place(path)
    this.#change({ kind: 'leave', node: parent, name, target, pair: 0 })
  }

  removeDirectory(path: string): void {
    const target = this.get(path)
    if (this.directory(target).entries.size > 0) throw errno('ENOTEMPTY', 'rmdir')
    const { parent, name } = this.#place(path)
    this.#change({ kind: 'leave', node: parent, name, target, pair: 0 })
  }

  flush(node: number): void {
    this.trace.add({ type: 'flush', node, page: this.pageNow() })
  }

  /** The kernel drops what it likes of the unflushed and takes the rest for clean; readers go on seeing the new bytes. */
  failFlush(node: number): void {
    this.trace.add({ type: 'flush-failed', node, page: this.pageNow() })
  }

  mark(mark: Mark, transaction: number): void {
    this.trace.fold(mark, transaction)
    this.trace.add({ type: 'mark', mark, transaction, page: this.pageNow() })
  }

  note(text: string): void {
    this.trace.fold(text)
    this.trace.add({ type: 'note', text })
  }

  pageNow(): Uint8Array {
    return new Uint8Array(this.page.slice(0, PAGE_USED_BYTES))
  }

  /** How many names a node has. */
  links(node: number): number {
    let count = 0
    for (const found of this.nodes.values()) {
      if (found.kind !== 'directory') continue
      for (const target of found.entries.values()) if (target === node) count++
    }
    return count
  }

  #place(path: string): { readonly parent: number; readonly name: string } {
    const end = path.lastIndexOf('/')
    return { parent: this.get(path.slice(0, Math.max(end, 0))), name: path.slice(end + 1) }
  }

  #change(operation: MicroOperation & { readonly kind: 'enter' | 'leave' }): void {
    const before = this.directory(operation.node)
    const entries = new Map(before.entries)
    if (operation.kind === 'enter') entries.set(operation.name, operation.target)
    else entries.delete(operation.name)
    this.nodes.set(operation.node, { kind: 'directory', entries, timeMs: this.nowMs() })
    this.#note(operation)
  }

  #note(operation: MicroOperation): void {
    this.trace.add({ type: 'change', operation, timeMs: this.nowMs() })
  }
}

import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { errno } from './errno.js'
import type { Call } from './faults.js'
import type { Kernel } from './kernel.js'
import type { Node } from './sectors.js'
import { processAt, ROOT_PREFIX, type SimulatedProcess } from './machine.js'
import { constants } from 'node:fs'

/** What statfs says: a roomy disk, so that segments get the size that was asked for. */
const STATFS = {
  type: 0xef53,
  bsize: 4096,
  blocks: 1 << 20,
  bfree: 1 << 19,
  bavail: 1 << 19,
  files: 0,
  ffree: 0,
}
const FILE_MODE = 0o100600
const DIRECTORY_MODE = 0o040700
/** The machines' file systems are mounted in it: it is of another one. */
const MOUNTS = { path: ROOT_PREFIX.slice(0, -1), stats: { dev: 0 } }

/** A place on a simulated machine. */
interface Place {
  readonly process: SimulatedProcess
  readonly kernel: Kernel
  readonly path: string
}

function placeOf(absolute: string): Place | undefined {
  const process = processAt(absolute)
  if (process === undefined) return undefined
  const path = absolute.slice(process.root.length + 1)
  return { process, kernel: process.machine.kernel, path }
}

class SimulatedHandle {
  readonly #process: SimulatedProcess
  readonly #kernel: Kernel
  readonly #node: number
  readonly #path: string

  constructor({ process, kernel, path }: Place, node: number) {
    this.#process = process
    this.#kernel = kernel
    this.#node = node
    this.#path = path
  }

  async stat(): Promise<SimulatedStats> {
    return await Promise.resolve(new SimulatedStats(this.#kernel, this.#node))
  }

  async chmod(_mode: number): Promise<void> {}

  async close(): Promise<void> {}

  async readFile(): Promise<Buffer> {
    await this.#process.enter('read', this.#path).then(failOn('read'))
    return Buffer.from(this.#kernel.readWhole(this.#node).buffer)
  }

  async read(
    bytes: Uint8Array,
    at: number,
    length: number,
    offset: number,
  ): Promise<{ readonly bytesRead: number }> {
    await this.#process.enter('read', this.#path).then(failOn('read'))
    const found = this.#kernel.read(this.#node, offset, length)
    bytes.set(found, at)
    return { bytesRead: found.length }
  }

  async write(
    bytes: Uint8Array,
    at: number,
    length: number,
    offset: number,
  ): Promise<{ readonly bytesWritten: number }> {
    const effect = await this.#process.enter('write', this.#path)
    // An error may come when part of the bytes has gone out already.
    const whole = effect === undefined || effect === 'hang'
    const bytesWritten = whole ? length : Math.ceil(length / 2)
    this.#kernel.write(this.#node, bytes.subarray(at, at + bytesWritten), offset)
    if (!whole && effect !== 'short') throw errno(effect, 'write')
    return { bytesWritten }
  }

  async truncate(bytes: number): Promise<void> {
    await this.#process.enter('truncate', this.#path)
    this.#kernel.truncate(this.#node, bytes)
  }

  async sync(): Promise<void> {
    await this.#flush('fsync')
  }

  async datasync(): Promise<void> {
    await this.#flush('fdatasync')
  }

  async #flush(call: 'fsync' | 'fdatasync'): Promise<void> {
    const effect = await this.#process.enter(call, this.#path)
    if (effect === undefined || effect === 'hang' || effect === 'short') {
      this.#kernel.flush(this.#node)
      return
    }
    this.#kernel.failFlush(this.#node)
    throw errno(effect, call)
  }
}

/** A read is whole or fails. */
function failOn(call: Call): (effect: string | undefined) => void {
  return (effect) => {
    if (effect !== undefined && effect !== 'hang' && effect !== 'short') throw errno(effect, call)
  }
}

class SimulatedStats {
  readonly #kernel: Kernel
  readonly #node: Node | undefined
  readonly ino: number
  readonly dev = 1
  readonly uid = 0

  constructor(kernel: Kernel, ino: number) {
    this.#kernel = kernel
    this.#node = kernel.nodes.get(ino)
    this.ino = ino
  }

  get size(): number {
    return this.#node?.kind === 'file' ? this.#node.size : 0
  }

  get mtimeMs(): number {
    return this.#node?.timeMs ?? 0
  }

  get mtimeNs(): bigint {
    return BigInt(this.mtimeMs) * 1_000_000n
  }

  get ctimeNs(): bigint {
    return this.mtimeNs
  }

  get mode(): number {
    return this.isDirectory() ? DIRECTORY_MODE : FILE_MODE
  }

  get nlink(): number {
    return this.#kernel.links(this.ino)
  }

  isFile(): boolean {
    return this.#node?.kind === 'file'
  }

  isDirectory(): boolean {
    return this.#node?.kind === 'directory'
  }

  isSymbolicLink(): boolean {
    return false
  }
}

const simulated = {
  async open({ process, kernel, path }: Place, flags: number): Promise<SimulatedHandle> {
    const creates = (flags & constants.O_CREAT) !== 0
    await process.enter(creates ? 'create' : 'open', path)
    const node = creates ? kernel.createFile(path) : kernel.get(path)
    return new SimulatedHandle({ process, kernel, path }, node)
  },
  async lstat({ process, kernel, path }: Place): Promise<SimulatedStats> {
    await process.enter('stat', path)
    return new SimulatedStats(kernel, kernel.get(path))
  },
  async readdir({ process, kernel, path }: Place): Promise<string[]> {
    await process.enter('readdir', path)
    return [...kernel.directory(kernel.get(path)).entries.keys()]
  },
  async mkdir({ process, kernel, path }: Place): Promise<void> {
    await process.enter('mkdir', path)
    kernel.makeDirectory(path)
  },
  async rmdir({ process, kernel, path }: Place): Promise<void> {
    await process.enter('rmdir', path)
    kernel.removeDirectory(path)
  },
  async unlink({ process, kernel, path }: Place): Promise<void> {
    await process.enter('unlink', path)
    kernel.unlink(path)
  },
  async link({ process, kernel, path }: Place, to: string): Promise<void> {
    const target = placeOf(to)?.path ?? ''
    await process.enter('link', target)
    kernel.link(path, target)
  },
  async rename({ process, kernel, path }: Place, to: string): Promise<void> {
    const target = placeOf(to)?.path ?? ''
    await process.enter('rename', target)
    kernel.rename(path, target)
  },
  /** There are no links. */
  async realpath({ process, path }: Place): Promise<string> {
    return await Promise.resolve(path === '' ? process.root : `${process.root}/${path}`)
  },
  async access({ kernel, path }: Place): Promise<void> {
    await Promise.resolve(kernel.get(path))
  },
  async chmod(): Promise<void> {},
  async statfs(): Promise<typeof STATFS> {
    return await Promise.resolve(STATFS)
  },
}

let installed = false

/**
 * Leads the calls of node:fs/promises that name a simulated place to its machine; all others go on to the real file
 * system. Once for all: a path tells which is meant.
 */
export function installNodeFs(): void {
  if (installed) return
  installed = true
  const table = fs as unknown as Record<string, (...given: unknown[]) => unknown>
  for (const [name, call] of Object.entries(simulated)) {
    const original = table[name]
    if (original === undefined) throw new Error(`node:fs/promises has no ${name}`)
    const run = call as unknown as (place: Place, ...rest: unknown[]) => unknown
    table[name] = (first: unknown, ...rest: unknown[]): unknown => {
      if (first === MOUNTS.path && name === 'lstat') return Promise.resolve(MOUNTS.stats)
      const place = typeof first === 'string' ? placeOf(first) : undefined
      return place === undefined ? original.call(fs, first, ...rest) : run(place, ...rest)
    }
  }
  syncBuiltinESMExports()
}

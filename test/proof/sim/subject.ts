import type { Writable } from 'node:stream'
import type { Durability } from '../../../src/engine/directory-options.js'
import type { Engine } from './engine.js'
import type { Kernel } from './kernel.js'
import type { SimulatedProcess } from './machine.js'
import type { Observed } from './model.js'

/** What is tested over the simulated disk: the engine's directory, or the store of versions upon it. */
export interface Subject {
  /** Opens it in a process; recovers what a crash has left. `readOnly`: takes no lock, and changes nothing. */
  open(process: SimulatedProcess, options?: { readonly readOnly?: boolean }): Promise<Opened>
  /** What the save of this number will have written. */
  next(number: number): Next
}

export interface Next {
  readonly key: string
  readonly value: string
}

export interface Opened {
  /** All that it shows, asked through its own methods. Throws a `Contradiction` where two answers do not agree. */
  observe(): Promise<Observed>
  /** A save after a recovery, of a key that is not there: see `Subject.next`. */
  save(number: number): Promise<void>
  /** Writes a full backup as a tar archive. */
  backUp(to: Writable): Promise<unknown>
  close(): Promise<void>
}

export interface SubjectContext {
  readonly engine: Engine
  readonly options: SubjectOptions
}

export interface SubjectOptions {
  readonly durability: Durability
  readonly segmentBytes: number
  readonly journalBytes: number
  readonly checkpointIdleMs: number
  readonly ioTimeoutMs: number
  readonly enableTrash: boolean
  readonly enableSharding: boolean
}

/** How often `interval` flushes here, in simulated milliseconds. */
export const FLUSH_INTERVAL_MS = 20

/** Two answers of one store that cannot both be right. */
export class Contradiction extends Error {
  override readonly name = 'Contradiction'
}

/** The files outside the names that begin with a dot, as any other program would list them. */
export function plainFiles(kernel: Kernel): string[] {
  const found: string[] = []
  const visit = (directory: string): void => {
    for (const [name, target] of kernel.directory(kernel.get(directory)).entries) {
      const path = directory === '' ? name : `${directory}/${name}`
      if (directory === '' && name.startsWith('.')) continue
      if (kernel.nodes.get(target)?.kind === 'directory') visit(path)
      else found.push(path)
    }
  }
  visit('')
  return found
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

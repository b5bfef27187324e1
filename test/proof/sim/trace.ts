import { hashText, mix } from './random.js'
import type { Sector } from './sectors.js'

/**
 * One change of what is to become durable, as small as a disk or a file system may take it: a sector, a size, an entry
 * of a directory. A rename is an `enter` and a `leave` of one `pair`.
 */
export type MicroOperation =
  | { readonly kind: 'data'; readonly node: number; readonly at: number; readonly sector: Sector }
  | { readonly kind: 'size'; readonly node: number; readonly size: number }
  | {
      readonly kind: 'enter'
      readonly node: number
      readonly name: string
      readonly target: number
      readonly pair: number
    }
  | {
      readonly kind: 'leave'
      readonly node: number
      readonly name: string
      readonly target: number
      readonly pair: number
    }

/** What happens to a transaction, as far as a crash afterwards has to respect it. */
export type Mark = 'called' | 'acknowledged' | 'failed' | 'seen' | 'shown'

/** What happened on a machine, in order: enough to tell what a loss of power at any point may leave. */
export type TraceEvent =
  | { readonly type: 'born'; readonly node: number; readonly directory: boolean }
  | { readonly type: 'change'; readonly operation: MicroOperation; readonly timeMs: number }
  | { readonly type: 'flush' | 'flush-failed'; readonly node: number; readonly page: Uint8Array }
  | { readonly type: 'flush-all'; readonly page: Uint8Array }
  | {
      readonly type: 'mark'
      readonly mark: Mark
      readonly transaction: number
      readonly page: Uint8Array
    }
  | { readonly type: 'note'; readonly text: string }

/** The record of a run, and a hash over all of it, by which two runs are compared. */
export class Trace {
  readonly events: TraceEvent[] = []
  #hash = 0

  get hash(): number {
    return this.#hash >>> 0
  }

  get length(): number {
    return this.events.length
  }

  add(event: TraceEvent): void {
    this.events.push(event)
  }

  /** Takes a fact into the hash alone. */
  fold(text: string, value = 0): void {
    this.#hash = mix(this.#hash ^ hashText(withoutProcessId(text)) ^ Math.imul(value, 0x9e3779b1))
  }
}

/** Staged names hold the number of the process that runs the simulation: the one thing that no seed decides. */
export function withoutProcessId(path: string): string {
  return path.includes('.tmp.') ? path.replace(/\.tmp\.\d+\.\d+\./, '.tmp.') : path
}

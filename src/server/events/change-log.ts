import { randomBytes } from 'node:crypto'
import { nextTurn } from '../../base/clock.js'
import { freshHead } from '../port/fresh-head.js'
import type { VersionStore } from '../../versions/version-store.js'
import type { AnyChange, VersionChanges } from '../../versions/version-watch.js'

/** A change, and the position after it. */
export interface LoggedChange {
  readonly position: string
  readonly change: AnyChange
}

/** What the log reads of a storage. */
export type Watched = Pick<VersionStore, 'watch' | 'readHead'>

/** No prompt: reading its head makes a storage in a database take in what others have committed. */
const NO_PROMPT = 'holdfast:feed:none'

/**
 * The changes of a store since the server began, numbered. A position names the run of the server, so that one of an
 * earlier run is recognised: what has changed in between is not known.
 */
export class ChangeLog {
  readonly #storage: Watched
  readonly #keptMax: number
  readonly #run: string = randomBytes(6).toString('hex')
  readonly #listeners = new Set<(logged: LoggedChange) => void>()
  readonly #changes: VersionChanges<AnyChange>
  readonly #reading: Promise<void>
  #kept: LoggedChange[] = []
  #count = 0

  /** @param keptMax how many changes are kept for readers that come again */
  constructor(storage: Watched, keptMax: number) {
    this.#storage = storage
    this.#keptMax = keptMax
    this.#changes = storage.watch({ labels: true })
    this.#reading = this.#read()
  }

  /** After the last change. */
  get position(): string {
    return this.#at(this.#count)
  }

  /** The changes after a position; undefined if they are not known: it is too old, or of another run. */
  since(position: string): readonly LoggedChange[] | undefined {
    const [run, digits = ''] = position.split('-')
    const count = Number(digits)
    if (run !== this.#run || !/^\d{1,15}$/.test(digits) || count > this.#count) return undefined
    const missing = this.#count - count
    return missing > this.#kept.length ? undefined : this.#kept.slice(this.#kept.length - missing)
  }

  /** Calls the listener with each change from now on, until the returned function is called. */
  listen(listener: (logged: LoggedChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Resolves when the log has what the store has seen by now: its own commits, and those of other processes as its
   * coherence says; with `fresh`, everything that was acknowledged before this call.
   */
  async catchUp({ fresh }: { readonly fresh: boolean }): Promise<void> {
    if (fresh) await freshHead(this.#storage, NO_PROMPT)
    else await this.#storage.readHead(NO_PROMPT)
    // What the storage has reported is read in the turns of the promises before the next one of the event loop.
    await nextTurn()
  }

  /** Ends the log. */
  async close(): Promise<void> {
    await this.#changes.return()
    await this.#reading
  }

  async #read(): Promise<void> {
    for await (const change of this.#changes) {
      this.#count++
      const logged = { position: this.position, change }
      this.#kept.push(logged)
      // Cut now and then, since each cut copies.
      if (this.#kept.length > 2 * this.#keptMax) this.#kept = this.#kept.slice(-this.#keptMax)
      for (const listener of this.#listeners) listener(logged)
    }
  }

  #at(count: number): string {
    return `${this.#run}-${count}`
  }
}

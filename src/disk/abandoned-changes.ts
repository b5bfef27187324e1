import type { DiskPhase } from './disk-error.js'

/** Phases that change no file, or do so under a lock of their own. */
const HARMLESS: ReadonlySet<DiskPhase> = new Set(['read', 'flush', 'lock', 'commit'])

/**
 * Abandoned changes that are still in the kernel. They may take effect at any time: the writer lock under which they
 * were made is not released before they return, or they could overwrite what is committed after them.
 */
export class AbandonedChanges {
  readonly #tasks = new Set<Promise<unknown>>()

  note(phase: DiskPhase, task: Promise<unknown>): void {
    if (HARMLESS.has(phase)) return
    this.#tasks.add(task)
    const forget = (): void => void this.#tasks.delete(task)
    task.then(forget, forget)
  }

  get any(): boolean {
    return this.#tasks.size > 0
  }

  /** Resolves when all of them have returned. */
  async back(): Promise<void> {
    while (this.any) await Promise.allSettled(this.#tasks)
  }
}

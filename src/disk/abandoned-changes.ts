import type { DiskPhase } from './disk-phase.js'

/** What changes no file, or does so under a lock of its own. */
const HARMLESS: ReadonlySet<DiskPhase> = new Set(['read', 'flush', 'lock', 'commit'])

/**
 * Changes that were given up on and are still in the kernel. They may take effect at any time: the writer lock that they
 * were made under is not given back before they are, or they could overwrite what somebody commits after them.
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

  /** Resolves when all of them have come back. */
  async back(): Promise<void> {
    while (this.any) await Promise.allSettled(this.#tasks)
  }
}

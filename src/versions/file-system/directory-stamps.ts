/** The clock of a file system ticks coarsely: within one tick a directory may change again and keep its stamp. */
const CLOCK_TICK_MS = 20
/** File systems that keep whole seconds (FAT: every second one) show it by times without a fraction. */
const COARSE_TICK_MS = 2000
const NANOSECONDS = 1_000_000

/**
 * Whether a stamp that was seen at `seenMs` proves what is read after that: the clock has ticked since the directory
 * last changed, so that any later change gives it another stamp.
 */
export function isSettled(stamp: string, seenMs: number): boolean {
  const changedMs = Number.parseInt(stamp.slice(stamp.indexOf('-') + 1), 16) / NANOSECONDS
  const isCoarse = Math.floor(changedMs) % 1000 === 0
  return changedMs + CLOCK_TICK_MS + (isCoarse ? COARSE_TICK_MS : 0) < seenMs
}

/** For each prompt, the stamp of its directory in the state that the index shows. No stamp: nothing is proven. */
export class DirectoryStamps {
  readonly #stamps = new Map<string, string>()
  readonly #stale = new Set<string>()

  get(promptId: string): string | undefined {
    return this.#stamps.get(promptId)
  }

  /** What was just read of the directory is in the index; `stamp` was seen before, at `seenMs`. */
  note(promptId: string, stamp: string | undefined, seenMs: number): void {
    if (stamp !== undefined && isSettled(stamp, seenMs)) {
      this.#stamps.set(promptId, stamp)
      this.#stale.delete(promptId)
    } else this.changed(promptId)
  }

  /** As an index file says. */
  load(promptId: string, stamp: string): void {
    if (stamp === '') this.#stale.add(promptId)
    else this.#stamps.set(promptId, stamp)
  }

  /** The directory has changed with the index, or nothing is known of it. */
  changed(promptId: string): void {
    this.#stamps.delete(promptId)
    this.#stale.add(promptId)
  }

  clear(): void {
    this.#stamps.clear()
    this.#stale.clear()
  }

  /** The prompts whose directories have to be read before a stamp proves anything of them again. */
  get unproven(): readonly string[] {
    return [...this.#stale]
  }

  /** The prompt has no directory any more. */
  forget(promptId: string): void {
    this.#stamps.delete(promptId)
    this.#stale.delete(promptId)
  }
}

import { nowMs } from '../base/clock.js'
import { mapLimited } from '../disk/map-limited.js'
import type { StoreFiles } from '../engine/coded-files.js'

/** The clock of a file system ticks coarsely: within one tick a directory may change again and keep its stamp. */
const CLOCK_TICK_MS = 20
/** File systems that keep whole seconds (FAT: every second one) show it by times without a fraction. */
const COARSE_TICK_MS = 2000
const STATS_AT_ONCE = 16
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

  /**
   * Looks at the directories that have changed with the index. Commits that come meanwhile are in the journal, from
   * where they are read again when the index file is.
   */
  async renew(volume: StoreFiles, directoryOf: (promptId: string) => string): Promise<void> {
    await mapLimited([...this.#stale], STATS_AT_ONCE, async (promptId) => {
      const seenMs = nowMs()
      const found = await volume.stat(directoryOf(promptId))
      if (found === undefined) this.#stale.delete(promptId)
      else this.note(promptId, found.stamp, seenMs)
    })
  }
}

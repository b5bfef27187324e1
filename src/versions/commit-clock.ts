import { documentTime } from '../base/clock.js'

/**
 * The times of commits. They never go back within one handle, even if the clock of the machine does: what is committed
 * later must not look earlier.
 */
export class CommitClock {
  readonly #now: () => Date
  #lastMs = Number.NEGATIVE_INFINITY

  /** @param now by default the clock that documents follow, as the times of moves and of the trash do */
  constructor(now: () => Date = documentTime) {
    this.#now = now
  }

  /** The last moment that is not in the future. */
  latest(): Date {
    return new Date(Math.max(this.#lastMs, this.#now().getTime()))
  }

  /** One time for all that a commit changes. To be asked as late as possible: the commit follows. */
  stamp(): Date {
    const ms = Math.max(this.#lastMs, this.#now().getTime())
    // An invalid time of a clock that was given is refused by its `toISOString`, and must not stay.
    if (!Number.isNaN(ms)) this.#lastMs = ms
    return new Date(ms)
  }
}

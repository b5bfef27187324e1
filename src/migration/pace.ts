import { monotonicMs, sleep } from '../base/clock.js'

/** How long a wait goes on before it looks whether the work was aborted. */
const LOOK_MS = 100

/** Limits how many versions are copied in a second. */
export class Pace {
  readonly #perSecond: number | undefined
  readonly #signal: AbortSignal | undefined
  #freeMs = Number.NEGATIVE_INFINITY

  /** @param perSecond undefined: no limit */
  constructor(perSecond: number | undefined, signal: AbortSignal | undefined) {
    this.#perSecond = perSecond
    this.#signal = signal
  }

  /** Resolves when that many versions may be copied. @throws the reason of the signal once it is aborted */
  async take(versions: number): Promise<void> {
    this.#signal?.throwIfAborted()
    if (this.#perSecond === undefined) return
    const startMs = Math.max(monotonicMs(), this.#freeMs)
    this.#freeMs = startMs + (versions * 1000) / this.#perSecond
    for (;;) {
      const waitMs = startMs - monotonicMs()
      if (waitMs <= 0) return
      await sleep(Math.min(waitMs, LOOK_MS))
      this.#signal?.throwIfAborted()
    }
  }
}

/** How far a migration is. */
export interface MigrationProgress {
  /** Versions that were copied or compared. */
  readonly versions: number
  /** Versions in the source when it was counted. */
  readonly total: number
  /** How long the rest will take, in ms, at the speed so far; undefined at the beginning. */
  readonly remainingMs: number | undefined
}

/** Counts what is done, and reports it. */
export class Progress {
  readonly #total: number
  readonly #report: (progress: MigrationProgress) => void
  readonly #startMs = monotonicMs()
  #versions = 0

  constructor(total: number, report: (progress: MigrationProgress) => void) {
    this.#total = total
    this.#report = report
    this.add(0)
  }

  add(versions: number): void {
    this.#versions += versions
    const total = Math.max(this.#total, this.#versions)
    const elapsedMs = monotonicMs() - this.#startMs
    const remainingMs =
      this.#versions === 0
        ? undefined
        : Math.round((elapsedMs / this.#versions) * (total - this.#versions))
    this.#report({ versions: this.#versions, total, remainingMs })
  }
}

import { monotonicMs } from '../../base/clock.js'
import { Retries } from '../../base/retry.js'
import type { RateLimit } from '../models/execution-policy.js'

const MINUTE_MS = 60_000

/** Time and waits; tests pass their own. */
export interface BucketClock {
  readonly nowMs: () => number
  /** @throws the signal's reason */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>
}

const waits = new Retries({ attempts: 1, delayMs: 1, maxDelayMs: 1 }, () => undefined)
export const REAL_TIME: BucketClock = {
  nowMs: monotonicMs,
  wait: async (ms, signal) => await waits.wait(ms, signal),
}

/**
 * Lets requests begin at a steady rate, and `burst` of them at once after a pause. Requests take their turns in the
 * order of their calls.
 */
export class TokenBucket {
  readonly #rate: RateLimit
  readonly #clock: BucketClock
  #tokens: number
  #atMs: number

  constructor(rate: RateLimit, clock: BucketClock = REAL_TIME) {
    this.#rate = rate
    this.#clock = clock
    this.#tokens = rate.burst
    this.#atMs = clock.nowMs()
  }

  /** Waits until the next request may begin. @throws the signal's reason; then the turn is used up */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.#refill()
    // A debt: who comes next waits longer.
    this.#tokens--
    if (this.#tokens >= 0) return
    await this.#clock.wait((-this.#tokens * MINUTE_MS) / this.#rate.per_minute, signal)
  }

  #refill(): void {
    const now = this.#clock.nowMs()
    const fresh = ((now - this.#atMs) * this.#rate.per_minute) / MINUTE_MS
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + fresh)
    this.#atMs = now
  }
}

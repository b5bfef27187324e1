import { clearTimeout, monotonicMs, setTimeout } from './clock.js'

/** How often a call is attempted, and how long it waits in between. */
export interface RetryRule {
  /** Including the first attempt: 1 means no retry. */
  readonly attempts: number
  /** The wait before the second attempt, in ms; doubled before each further one. */
  readonly delayMs: number
  /** The longest wait, in ms. */
  readonly maxDelayMs: number
}

/** A failed attempt that is followed by another one. */
export interface FailedAttempt {
  readonly operation: string
  readonly path: string
  /** The number of the attempt, from 1. */
  readonly attempt: number
  readonly code: string
}

/** Tests and simulations pass their own. */
export interface RetryClock {
  readonly nowMs: () => number
  /** Calls `call` once after that time; returns a function that cancels it. */
  readonly after: (ms: number, call: () => void) => () => void
  /** From 0 to 1. */
  readonly random: () => number
}

/** A call that may be made several times. */
export interface RepeatableCall<Result = unknown> {
  readonly operation: string
  readonly path: string
  /** How long all attempts may take together, in ms; 0: forever. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** The code of a temporary failure; undefined for any other. */
  readonly transientCode: (error: unknown) => string | undefined
  /** Makes the error of a call whose attempts have all failed. */
  readonly exhausted: (error: unknown, attempts: number) => unknown
  /** Makes the error of a retry that has no answer in time. */
  readonly timedOut: () => Error
  /** Releases the late result of such a retry. */
  readonly release?: ((late: Result) => void) | undefined
}

const REAL: RetryClock = {
  nowMs: monotonicMs,
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}

/** Doubles with each attempt; a random value between half of that and all of it, so that callers spread. */
export function backoffMs(
  attempt: number,
  { delayMs, maxDelayMs }: Pick<RetryRule, 'delayMs' | 'maxDelayMs'>,
  random: () => number = REAL.random,
): number {
  return Math.min(delayMs * 2 ** (attempt - 1), maxDelayMs) * (0.5 + random() / 2)
}

/** Retries calls by one rule, reports each retry and counts them. */
export class Retries {
  readonly rule: RetryRule
  readonly #onRetry: (failed: FailedAttempt, delayMs: number) => void
  readonly #clock: RetryClock
  readonly #waits = new Set<() => void>()
  #isHurried = false
  #count = 0

  constructor(
    rule: RetryRule,
    onRetry: (failed: FailedAttempt, delayMs: number) => void,
    clock: RetryClock = REAL,
  ) {
    this.rule = rule
    this.#onRetry = onRetry
    this.#clock = clock
  }

  /** How many attempts were retries. */
  get count(): number {
    return this.#count
  }

  /** Makes a call, and retries it while it fails temporarily. @throws the signal's reason */
  async run<Result>(call: RepeatableCall<Result>, attempt: () => Promise<Result>): Promise<Result> {
    const endMs = call.timeoutMs === 0 ? Infinity : this.#clock.nowMs() + call.timeoutMs
    const { operation, path } = call
    for (let made = 1; ; made++) {
      try {
        return await (made === 1 ? attempt() : this.#inTime(call, endMs, attempt))
      } catch (error) {
        const code = call.transientCode(error)
        if (code === undefined) throw error
        const delayMs = this.delayAfter({ operation, path, attempt: made, code }, endMs)
        if (delayMs === undefined) throw made === 1 ? error : call.exhausted(error, made)
        await this.wait(delayMs, call.signal)
      }
    }
  }

  /**
   * How long to wait before the next attempt; the failed one is reported. undefined if there is no next one, since the
   * rule allows no more, or the wait would outlast `endMs` (of the clock).
   */
  delayAfter(failed: FailedAttempt, endMs: number = Infinity): number | undefined {
    if (failed.attempt >= this.rule.attempts) return undefined
    const { random } = this.#clock
    const delayMs = this.#isHurried ? 0 : backoffMs(failed.attempt, this.rule, random)
    if (this.#clock.nowMs() + delayMs >= endMs) return undefined
    this.#count++
    this.#onRetry(failed, delayMs)
    return delayMs
  }

  /** Waits that long, or until `hurry`. @throws the signal's reason */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (ms === 0) return
    await new Promise<void>((resolve) => {
      const end = (): void => {
        forget()
        this.#waits.delete(end)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const forget = this.#clock.after(ms, end)
      this.#waits.add(end)
      signal?.addEventListener('abort', end)
    })
    signal?.throwIfAborted()
  }

  /** From now on no call waits: attempts follow each other at once. */
  hurry(): void {
    this.#isHurried = true
    for (const end of this.#waits) end()
  }

  /** A retry has what is left of the time. */
  async #inTime<Result>(
    call: RepeatableCall<Result>,
    endMs: number,
    attempt: () => Promise<Result>,
  ): Promise<Result> {
    if (endMs === Infinity) return await attempt()
    const task = attempt()
    let forget: (() => void) | undefined
    const late = new Promise<never>((_resolve, reject) => {
      const leftMs = Math.max(0, endMs - this.#clock.nowMs())
      forget = this.#clock.after(leftMs, () => {
        reject(call.timedOut())
        // No caller needs its failure any more.
        task.then(call.release, () => undefined)
      })
    })
    try {
      return await Promise.race([task, late])
    } finally {
      forget?.()
    }
  }
}

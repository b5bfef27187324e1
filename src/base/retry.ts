import { clearTimeout, monotonicMs, setTimeout } from './clock.js'

/** How often a call is made, and how long it is waited in between. */
export interface RetryRule {
  /** The first one included: 1 repeats nothing. */
  readonly attempts: number
  /** Before the second attempt, in ms; doubled before each that follows. */
  readonly delayMs: number
  /** The longest wait, in ms. */
  readonly maxDelayMs: number
}

/** An attempt that has failed and is followed by another one. */
export interface FailedAttempt {
  readonly operation: string
  readonly path: string
  /** Which one it was, from 1. */
  readonly attempt: number
  readonly code: string
}

/** Tests and simulations give their own. */
export interface RetryClock {
  readonly nowMs: () => number
  /** Calls once after so long; gives back how to forget it. */
  readonly after: (ms: number, call: () => void) => () => void
  /** From 0 to 1. */
  readonly random: () => number
}

/** A call that may be made several times. */
export interface RepeatableCall<Result = unknown> {
  readonly operation: string
  readonly path: string
  /** How long all attempts may take together, in ms; 0: for ever. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** The code of a failure that may have passed a moment later; undefined for any other. */
  readonly transientCode: (error: unknown) => string | undefined
  /** Makes the error of what has failed so often. */
  readonly exhausted: (error: unknown, attempts: number) => unknown
  /** Makes the error of a repeated attempt that has no answer in time. */
  readonly timedOut: () => Error
  /** Releases what such an attempt gives when nobody waits for it any more. */
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

/** Doubled with each attempt; at random between half of that and all of it, so that callers spread. */
export function backoffMs(
  attempt: number,
  { delayMs, maxDelayMs }: Pick<RetryRule, 'delayMs' | 'maxDelayMs'>,
  random: () => number = REAL.random,
): number {
  return Math.min(delayMs * 2 ** (attempt - 1), maxDelayMs) * (0.5 + random() / 2)
}

/** Repeats calls by one rule, tells of each repetition and counts them. */
export class Retries {
  readonly rule: RetryRule
  readonly #told: (failed: FailedAttempt, delayMs: number) => void
  readonly #clock: RetryClock
  readonly #waits = new Set<() => void>()
  #isHurried = false
  #count = 0

  constructor(
    rule: RetryRule,
    told: (failed: FailedAttempt, delayMs: number) => void,
    clock: RetryClock = REAL,
  ) {
    this.rule = rule
    this.#told = told
    this.#clock = clock
  }

  /** How many attempts have been repetitions. */
  get count(): number {
    return this.#count
  }

  /** Makes a call, and makes it again while it fails with what may pass. @throws the signal's reason */
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
   * How long to wait before the attempt after this one, which is told of; undefined: there is none, since the rule allows
   * no more, or the wait would outlast `endMs` (of the clock).
   */
  delayAfter(failed: FailedAttempt, endMs: number = Infinity): number | undefined {
    if (failed.attempt >= this.rule.attempts) return undefined
    const { random } = this.#clock
    const delayMs = this.#isHurried ? 0 : backoffMs(failed.attempt, this.rule, random)
    if (this.#clock.nowMs() + delayMs >= endMs) return undefined
    this.#count++
    this.#told(failed, delayMs)
    return delayMs
  }

  /** Waits so long, or until `hurry`. @throws the signal's reason */
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

  /** From now on nobody waits: attempts follow each other at once. */
  hurry(): void {
    this.#isHurried = true
    for (const end of this.#waits) end()
  }

  /** An attempt that was not the first has what is left of the time. */
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
        // Its failure is of no interest to anybody.
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

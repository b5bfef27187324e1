import { setMaxListeners } from 'node:events'
import { clearTimeout, setTimeout, sleep } from '../../base/clock.js'
import { Breaker } from './breaker.js'
import { CloudFailure, LEFT_ALONE } from './cloud-failure.js'

/** Consecutive failures after which a service is left alone. */
const BREAKER_FAILURES = 5
const BACKOFF_MIN_MS = 100
const BACKOFF_MAX_MS = 10_000

export interface PolicyOptions {
  /** How often a failed request is repeated. */
  readonly retries: number
  /** How long one attempt may take. */
  readonly timeoutMs: number
  /** How long a service that keeps failing is left alone, in ms. */
  readonly breakerMs: number
}

/**
 * How a service is asked: each attempt has a deadline; failures that may pass are repeated after an exponential wait
 * with jitter; a service that keeps failing is left alone for a while, and then asked once. Its timers are those of
 * base/clock.ts: under faked ones a failed request would wait for ever, which is why no library does this.
 */
export class CloudPolicy {
  readonly #options: PolicyOptions
  readonly #breaker: Breaker

  constructor(options: PolicyOptions) {
    this.#options = options
    this.#breaker = new Breaker({
      failures: BREAKER_FAILURES,
      restMs: options.breakerMs,
      isFailure: isTransient,
      refusal: leftAlone,
    })
  }

  /** Asks for something that changes nothing: without an answer, the failure is that the service refused. */
  async ask<Result>(task: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    try {
      return await this.run(task)
    } catch (error) {
      throw error instanceof CloudFailure ? error.asRefusal() : error
    }
  }

  /** @param extraMs added to the deadline of each attempt: an upload takes as long as its size */
  async run<Result>(
    task: (signal: AbortSignal) => Promise<Result>,
    extraMs: number = 0,
  ): Promise<Result> {
    const deadlineMs = this.#options.timeoutMs + extraMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#breaker.run(async () => await withinTime(task, deadlineMs))
      } catch (error) {
        if (attempt >= this.#options.retries || !isTransient(error)) throw error
        await sleep(backoffMs(attempt))
      }
    }
  }
}

/** Ends at the deadline, whether or not the task heeds its signal. */
async function withinTime<Result>(
  task: (signal: AbortSignal) => Promise<Result>,
  ms: number,
): Promise<Result> {
  const controller = new AbortController()
  const { signal } = controller
  // One attempt may be many requests side by side.
  setMaxListeners(0, signal)
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(timedOut(ms))
      controller.abort()
    }, ms)
  })
  try {
    return await Promise.race([task(signal), deadline])
  } finally {
    // No abort here: the signal must not end the body of an answer that has come in time.
    clearTimeout(timer)
  }
}

/** Doubled with each attempt; at random between half of that and all of it, so that clients spread. */
function backoffMs(attempt: number): number {
  const ms = Math.min(BACKOFF_MIN_MS * 2 ** attempt, BACKOFF_MAX_MS)
  return ms * (0.5 + Math.random() / 2)
}

function isTransient(error: unknown): boolean {
  return error instanceof CloudFailure && error.isTransient
}

function leftAlone(): CloudFailure {
  return new CloudFailure('refused', 'The service has kept failing and is left alone for a while', {
    reason: LEFT_ALONE,
  })
}

function timedOut(ms: number): CloudFailure {
  return new CloudFailure('unknown', `The service did not answer within ${ms} ms`, {
    reason: 'timeout',
  })
}

import { setMaxListeners } from 'node:events'
import { clearTimeout, setTimeout, sleep } from '../base/clock.js'
import { backoffMs } from '../base/retry.js'
import { publish } from '../base/channels.js'
import { Breaker } from './breaker.js'
import { CloudFailure, LEFT_ALONE } from './object-failure.js'

/** Consecutive failures after which a service is left alone. */
const BREAKER_FAILURES = 5
const BACKOFF = { delayMs: 100, maxDelayMs: 10_000 }

/** What is asked of a service, for those who are told of its repetitions. */
export interface CloudRequest {
  readonly operation: string
  /** Of the object; '' for the whole bucket. */
  readonly name: string
}

export function ofBucket(operation: string): CloudRequest {
  return { operation, name: '' }
}

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
  readonly #bucket: string

  constructor(bucket: string, options: PolicyOptions) {
    this.#bucket = bucket
    this.#options = options
    this.#breaker = new Breaker({
      failures: BREAKER_FAILURES,
      restMs: options.breakerMs,
      isFailure: isTransient,
      refusal: leftAlone,
    })
  }

  /** Whether the service answered the last request. */
  get isWell(): boolean {
    return this.#breaker.isWell
  }

  /** Asks for something that changes nothing: without an answer, the failure is that the service refused. */
  async ask<Result>(
    request: CloudRequest,
    task: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.run(request, task)
    } catch (error) {
      throw error instanceof CloudFailure ? error.asRefusal() : error
    }
  }

  /** @param extraMs added to the deadline of each attempt: an upload takes as long as its size */
  async run<Result>(
    request: CloudRequest,
    task: (signal: AbortSignal) => Promise<Result>,
    extraMs: number = 0,
  ): Promise<Result> {
    const deadlineMs = this.#options.timeoutMs + extraMs
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#breaker.run(async () => await withinTime(task, deadlineMs))
      } catch (error) {
        if (attempt > this.#options.retries || !isTransient(error)) throw error
        const delayMs = backoffMs(attempt, BACKOFF)
        this.#tell(request, attempt, delayMs, error)
        await sleep(delayMs)
      }
    }
  }

  #tell(
    { operation, name }: CloudRequest,
    attempt: number,
    delayMs: number,
    failure: CloudFailure,
  ) {
    publish('retry', () => ({
      directory: this.#bucket,
      operation,
      attempt,
      delayMs,
      code: failure.reason ?? String(failure.status ?? failure.kind),
      path: name,
    }))
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

function isTransient(error: unknown): error is CloudFailure {
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

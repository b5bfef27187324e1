import { setMaxListeners } from 'node:events'
import { clearTimeout, setTimeout, sleep, monotonicMs } from '../base/clock.js'
import { backoffMs } from '../base/retry.js'
import { publish } from '../base/channels.js'
import { ObjectFailure, LEFT_ALONE } from './failure.js'

/** Consecutive failures after which a service is left alone. */
const BREAKER_FAILURES = 5
const BACKOFF = { delayMs: 100, maxDelayMs: 10_000 }

/** A request to a service, for the report of its retries. */
export interface ObjectRequest {
  readonly operation: string
  /** Of the object; '' for the whole bucket. */
  readonly name: string
}

export function ofBucket(operation: string): ObjectRequest {
  return { operation, name: '' }
}

export interface PolicyOptions {
  /** How often a failed request is retried. */
  readonly retries: number
  /** How long one attempt may take. */
  readonly timeoutMs: number
  /** How long a service that keeps failing is left alone, in ms. */
  readonly breakerMs: number
}

/**
 * The rules for requests: each attempt has a deadline; temporary failures are retried after an exponential wait with
 * jitter; a service that keeps failing is left alone for a while, and then asked once. Its timers are those of
 * base/clock.ts: under faked ones a failed request would wait forever, which is why no library does this.
 */
export class RequestPolicy {
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

  /** Sends a request that changes nothing: without an answer, the failure is that the service refused. */
  async ask<Result>(
    request: ObjectRequest,
    task: (signal: AbortSignal) => Promise<Result>,
    extraMs: number = 0,
  ): Promise<Result> {
    try {
      return await this.run(request, task, extraMs)
    } catch (error) {
      throw error instanceof ObjectFailure ? error.asRefusal() : error
    }
  }

  /** @param extraMs added to the deadline of each attempt: an upload takes as long as its size */
  async run<Result>(
    request: ObjectRequest,
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
    { operation, name }: ObjectRequest,
    attempt: number,
    delayMs: number,
    failure: ObjectFailure,
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

function isTransient(error: unknown): error is ObjectFailure {
  return error instanceof ObjectFailure && error.isTransient
}

function leftAlone(): ObjectFailure {
  return new ObjectFailure(
    'refused',
    'The service has kept failing and is left alone for a while',
    {
      reason: LEFT_ALONE,
    },
  )
}

function timedOut(ms: number): ObjectFailure {
  return new ObjectFailure('unknown', `The service did not answer within ${ms} ms`, {
    reason: 'timeout',
  })
}

export interface BreakerOptions {
  /** Consecutive failures after which the service is left alone. */
  readonly failures: number
  /** For how long, in ms. */
  readonly restMs: number
  /** Which errors concern the service, and not the request. */
  readonly isFailure: (error: unknown) => boolean
  /** Makes the error of a request that is not sent meanwhile. */
  readonly refusal: () => Error
}

/**
 * Leaves a service that keeps failing alone for a while, and then asks it once. Calls during that one request wait for
 * its outcome. Time is real, even if a test has replaced the global `Date`.
 */
export class Breaker {
  readonly #options: BreakerOptions
  #failures = 0
  #openUntilMs: number | undefined
  #trial: Promise<unknown> | undefined

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  /** Whether the last request went well. */
  get isWell(): boolean {
    return this.#failures === 0
  }

  /** Whether the service is left alone, or is being asked again. */
  get isOpen(): boolean {
    return this.#openUntilMs !== undefined
  }

  /** @throws what `refusal` makes while the service is left alone */
  async run<Result>(request: () => Promise<Result>): Promise<Result> {
    while (this.#trial !== undefined) await this.#trial.catch(() => undefined)
    if (this.#openUntilMs === undefined) return await this.#watched(request)
    if (monotonicMs() < this.#openUntilMs) throw this.#options.refusal()
    const trial = this.#watched(request).finally(() => {
      this.#trial = undefined
    })
    this.#trial = trial
    return await trial
  }

  async #watched<Result>(request: () => Promise<Result>): Promise<Result> {
    try {
      const result = await request()
      this.#succeed()
      return result
    } catch (error) {
      if (this.#options.isFailure(error)) this.#fail()
      else this.#succeed()
      throw error
    }
  }

  /** An answer that refuses a request is an answer, too. */
  #succeed(): void {
    this.#failures = 0
    this.#openUntilMs = undefined
  }

  #fail(): void {
    this.#failures++
    // Requests that were under way when it was opened do not keep it open for longer.
    const isNews = this.#openUntilMs === undefined || this.#trial !== undefined
    if (isNews && this.#failures >= this.#options.failures)
      this.#openUntilMs = monotonicMs() + this.#options.restMs
  }
}

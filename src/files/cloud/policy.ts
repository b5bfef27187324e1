import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  circuitBreaker,
  handleWhen,
  retry,
  TaskCancelledError,
  timeout,
  TimeoutStrategy,
  wrap,
  type CircuitBreakerPolicy,
  type IPolicy,
} from 'cockatiel'
import { setMaxListeners } from 'node:events'
import { CloudFailure } from './cloud-failure.js'

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
 * with jitter; a service that keeps failing is left alone for a while, and then asked once.
 */
export class CloudPolicy {
  readonly #options: PolicyOptions
  readonly #breaker: CircuitBreakerPolicy
  readonly #policy: IPolicy

  constructor(options: PolicyOptions) {
    this.#options = options
    const transient = handleWhen((error) => error instanceof CloudFailure && error.isTransient)
    this.#breaker = circuitBreaker(transient, {
      halfOpenAfter: options.breakerMs,
      breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
    })
    this.#policy =
      options.retries === 0
        ? this.#breaker
        : wrap(
            retry(transient, {
              maxAttempts: options.retries,
              backoff: new ExponentialBackoff({
                initialDelay: BACKOFF_MIN_MS,
                maxDelay: BACKOFF_MAX_MS,
              }),
            }),
            this.#breaker,
          )
  }

  /** Whether the service is being left alone. */
  get isOpen(): boolean {
    return this.#breaker.state === CircuitState.Open
  }

  /** @param extraMs added to the deadline of each attempt: an upload takes as long as its size */
  async run<Result>(
    task: (signal: AbortSignal) => Promise<Result>,
    extraMs: number = 0,
  ): Promise<Result> {
    const deadline = timeout(this.#options.timeoutMs + extraMs, {
      strategy: TimeoutStrategy.Aggressive,
      // The signal must not end the body of an answer that has come in time.
      abortOnReturn: false,
    })
    try {
      return await this.#policy.execute(async () => {
        try {
          return await deadline.execute(async ({ signal }) => {
            // One attempt may be many requests side by side.
            setMaxListeners(0, signal)
            return await task(signal)
          })
        } catch (error) {
          throw error instanceof TaskCancelledError
            ? timedOut(this.#options.timeoutMs + extraMs)
            : error
        }
      })
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error
      throw new CloudFailure(
        'refused',
        'The service has kept failing and is left alone for a while',
        { reason: 'circuit-open' },
      )
    }
  }
}

function timedOut(ms: number): CloudFailure {
  return new CloudFailure('unknown', `The service did not answer within ${ms} ms`, {
    reason: 'timeout',
  })
}

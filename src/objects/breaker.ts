import { monotonicMs } from '../base/clock.js'

export interface BreakerOptions {
  /** Consecutive failures after which the service is left alone. */
  readonly failures: number
  /** For how long, in ms. */
  readonly restMs: number
  /** Which errors speak of the service, and not of the request. */
  readonly isFailure: (error: unknown) => boolean
  /** Makes the error of what is not asked meanwhile. */
  readonly refusal: () => Error
}

/**
 * Leaves a service that keeps failing alone for a while, and then asks it once. What comes during that one request waits
 * for its outcome. Time is real, whatever a test has made of the global `Date`.
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

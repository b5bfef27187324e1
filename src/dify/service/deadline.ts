import { clearTimeout, setTimeout } from '../../base/clock.js'

/** Why a call was interrupted: by its caller, for lack of time, or since the service was silent too long. */
export type Interrupted = 'caller' | 'total' | 'idle'

/** What can interrupt a call. Times in ms. */
export interface Limits {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs: number
  /** The longest silence of the service. */
  readonly idleTimeoutMs: number
}

/** One signal for everything that can interrupt a call, which remembers which it was. End it when the call has ended. */
export class Deadline {
  readonly limits: Limits
  readonly #controller = new AbortController()
  readonly #total: NodeJS.Timeout
  #idle: NodeJS.Timeout | undefined
  #cause: Interrupted | undefined

  constructor(limits: Limits) {
    this.limits = limits
    this.#total = setTimeout(() => this.#interrupt('total'), limits.timeoutMs)
    limits.signal?.addEventListener('abort', this.#byCaller)
    if (limits.signal?.aborted === true) this.#byCaller()
  }

  /** Aborts when the call is interrupted. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** What interrupted the call; undefined while nothing did. */
  get cause(): Interrupted | undefined {
    return this.#cause
  }

  /** The service showed a sign of life: its silence is counted from now. */
  heard(): void {
    this.quiet()
    if (this.#cause !== undefined) return
    this.#idle = setTimeout(() => this.#interrupt('idle'), this.limits.idleTimeoutMs)
  }

  /** No sign of life is expected for now. */
  quiet(): void {
    clearTimeout(this.#idle)
  }

  end(): void {
    clearTimeout(this.#total)
    this.quiet()
    this.limits.signal?.removeEventListener('abort', this.#byCaller)
  }

  readonly #byCaller = (): void => this.#interrupt('caller')

  #interrupt(cause: Interrupted): void {
    this.#cause ??= cause
    this.quiet()
    this.#controller.abort(cause === 'caller' ? this.limits.signal?.reason : undefined)
  }
}

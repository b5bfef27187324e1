import { inTurn } from './turns.js'

/**
 * One rule for everything that can be closed: each call that came before `close` completes, each one after it is
 * refused. `close` waits for the calls under way and then releases what they needed.
 */
export class Lifecycle {
  readonly #refusal: () => Error
  #running = 0
  #admitting = 0
  #whenIdle: (() => void) | undefined
  #closing: Promise<void> | undefined

  /** @param refusal makes the error of calls that come too late */
  constructor(refusal: () => Error) {
    this.#refusal = refusal
  }

  /** False from the moment at which `close` is called. */
  get isOpen(): boolean {
    return this.#closing === undefined
  }

  /** @throws what `refusal` makes, once `close` was called */
  assertOpen(): void {
    if (this.#closing !== undefined && this.#admitting === 0) throw this.#refusal()
  }

  /**
   * Runs a call: refused when `close` came before it, waited for when `close` comes after it. `work` begins at once, so
   * its arguments are those of the moment of the call. The answer is given in turn.
   */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.assertOpen()
    this.#running++
    try {
      return await inTurn(await work())
    } finally {
      if (--this.#running === 0) this.#whenIdle?.()
    }
  }

  /**
   * As `run`, for work that consists of several calls on `target`. `close` waits for all of it, and the calls that it
   * makes on what it is handed are not refused meanwhile; those that others make on `target` itself are.
   */
  async runTogether<Target extends object, Result>(
    target: Target,
    work: (target: Target) => Promise<Result>,
  ): Promise<Result> {
    return await this.run(async () => {
      let hasEnded = false
      const admitted = new Proxy(target, {
        get: (_, name): unknown => {
          const member: unknown = Reflect.get(target, name, target)
          if (typeof member !== 'function') return member
          return (...given: unknown[]): unknown => {
            const call = (): unknown => Reflect.apply(member, target, given)
            return hasEnded ? call() : this.#admit(call)
          }
        },
      })
      try {
        return await work(admitted)
      } finally {
        hasEnded = true
      }
    })
  }

  /**
   * Refuses calls from now on, waits for those under way, then runs `release`. Later calls get the outcome of the first.
   * What must end for the calls to end, such as a watch, is ended by the caller before this.
   */
  close(release: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#drain().then(release)
    return this.#closing
  }

  /** A call asks whether it may begin before its first `await`, so this holds for `call` and for nobody else. */
  #admit(call: () => unknown): unknown {
    this.#admitting++
    try {
      return call()
    } finally {
      this.#admitting--
    }
  }

  async #drain(): Promise<void> {
    if (this.#running === 0) return
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve
    })
  }
}

/**
 * One rule for everything that can be closed: each call that came before `close` completes, each one after it is
 * refused. `close` waits for the calls under way and then releases what they needed.
 */
export class Lifecycle {
  readonly #refusal: () => Error
  #running = 0
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
    if (this.#closing !== undefined) throw this.#refusal()
  }

  /**
   * Runs a call: refused when `close` came before it, waited for when `close` comes after it. `work` begins at once, so
   * its arguments are those of the moment of the call.
   */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.assertOpen()
    this.#running++
    try {
      return await work()
    } finally {
      if (--this.#running === 0) this.#whenIdle?.()
    }
  }

  /**
   * Refuses calls from now on, waits for those under way, then runs `release`. Later calls get the outcome of the first.
   * What must end for the calls to end, such as a watch, is ended by the caller before this.
   */
  close(release: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#drain().then(release)
    return this.#closing
  }

  async #drain(): Promise<void> {
    if (this.#running === 0) return
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve
    })
  }
}

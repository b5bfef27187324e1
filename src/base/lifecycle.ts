import { wrongArgument } from './misuse.js'
import { inTurn } from './turns.js'

/**
 * One rule for everything that can be closed: each call made before `close` completes, each call after it is refused.
 * `close` waits for the calls under way and then releases what they needed.
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

  /** False once `close` was called. */
  get isOpen(): boolean {
    return this.#closing === undefined
  }

  /** @throws the error of `refusal`, once `close` was called */
  assertOpen(): void {
    if (this.#closing !== undefined && this.#admitting === 0) throw this.#refusal()
  }

  /**
   * Runs a call: refused if `close` came before it, waited for if `close` comes after it. `work` begins at once, so its
   * arguments are those at the time of the call. The answer is returned in turn.
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
   * As `run`, for work that makes several calls on `target`. `close` waits for all of it. Meanwhile, calls on the
   * object that `work` receives are not refused; calls of others on `target` itself are.
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
   * Refuses calls from now on, waits for those under way, then runs `release`. Later calls get the outcome of the
   * first. Before this, the caller ends whatever keeps calls from ending, such as a watch.
   */
  close(release: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#drain().then(release)
    return this.#closing
  }

  /** A call checks before its first `await` whether it may begin, so this admits `call` and no other. */
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

/**
 * An iteration in which each step is a call: `close` waits for the step under way, not for an iteration that the caller
 * left unfinished. The first step after `close` is refused.
 */
export function countedSteps<Item>(
  lifecycle: Lifecycle,
  source: AsyncGenerator<Item, void, void>,
): AsyncGenerator<Item, void, void> {
  const steps: AsyncGenerator<Item, void, void> = {
    next: async () => {
      try {
        return await lifecycle.run(async () => await source.next())
      } catch (error) {
        // Not awaited: the step under way comes first, and may take long. The caller gets this error.
        source.return().catch(() => undefined)
        throw error
      }
    },
    return: async () => await source.return(),
    throw: async (error: unknown) => await source.throw(error),
    [Symbol.asyncIterator]: () => steps,
    [Symbol.asyncDispose]: async () => void (await source.return()),
  }
  return steps
}

/** What only the `open` of a class can pass to its constructor. */
export const OPENED: unique symbol = Symbol('opened')

/** @throws TypeError if the constructor was called directly; `open` names the call to use instead */
export function assertOpened(via: unknown, open: string): void {
  if (via === OPENED) return
  const [name] = open.split('.')
  throw wrongArgument(`${name} has no public constructor: use await ${open}`)
}

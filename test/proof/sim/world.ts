import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import { Random } from './random.js'

/** Real ones, for the world itself. */
const real = {
  Date,
  dateNow: Date.now,
  setImmediate,
  randomBytes: crypto.randomBytes,
  random: Math.random,
  now: performance.now.bind(performance),
  stackTraceLimit: Error.stackTraceLimit,
}
const REAL_TIMERS = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate }

/** Nothing but timers for so long, over twice what a session waits for a disk that hangs: no task will ever go on. */
const IDLE_MS_MAX = 200_000
const STEP_MS_MAX = 0.4

interface Timer {
  atMs: number
  readonly everyMs: number | undefined
  readonly call: () => void
}

interface Turn {
  readonly owner: object
  readonly go: () => void
}

/** A task waits for something that will not happen any more. */
export class StandstillError extends Error {
  override readonly name = 'StandstillError'
}

/**
 * Time, timers, randomness and the order of things, all from one seed. While it is installed, the clock, the timers and
 * `randomBytes` and `Math.random` of this thread are its own. With `scheduled` every simulated system call waits for its turn, and turns
 * are drawn by lot; without, calls are done at once, in the order in which they come.
 */
export class World {
  readonly random: Random
  scheduled = false
  #nowMs: number
  #timers: Timer[] = []
  #turns: Turn[] = []
  #installed = false

  constructor(seed: string) {
    this.random = new Random(seed, 'world')
    this.#nowMs = Date.UTC(2026, 0, 1) + this.random.below(1e9)
  }

  get nowMs(): number {
    return Math.floor(this.#nowMs)
  }

  /** Forgets all timers and turns: what waits for them never goes on. */
  reset(): void {
    this.#timers = []
    this.#turns = []
  }

  /** Undefined: go on at once. */
  turn(owner: object): Promise<void> | undefined {
    if (!this.scheduled) return undefined
    return new Promise((go) => this.#turns.push({ owner, go }))
  }

  /** The turns of a killed process never come. */
  forget(owner: object): void {
    this.#turns = this.#turns.filter((turn) => turn.owner !== owner)
  }

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.#start(resolve, ms))
  }

  /** Lets everything happen, one thing after another, until `work` has ended. */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    let settled = false
    const noteEnd = (): void => void (settled = true)
    work.then(noteEnd, noteEnd)
    let idleSinceMs = this.#nowMs
    for (;;) {
      // All microtasks have run by then: every task that could go on has gone on.
      await new Promise<void>((resolve) => real.setImmediate(resolve))
      if (settled) return await work
      if (this.#turns.length > 0) idleSinceMs = this.#nowMs
      if (!this.#step() || this.#nowMs - idleSinceMs > IDLE_MS_MAX) {
        throw new StandstillError('a task waits for what never comes')
      }
    }
  }

  #step(): boolean {
    this.#nowMs += (this.random.below(1000) / 1000) * STEP_MS_MAX
    if (this.#turns.length === 0 && !this.#skipToTimer()) return false
    for (const timer of this.#timers.filter(({ atMs }) => atMs <= this.#nowMs)) this.#fire(timer)
    const [turn] = this.#turns.splice(this.random.below(Math.max(this.#turns.length, 1)), 1)
    turn?.go()
    return true
  }

  #skipToTimer(): boolean {
    if (this.#timers.length === 0) return false
    const next = Math.min(...this.#timers.map(({ atMs }) => atMs))
    this.#nowMs = Math.max(this.#nowMs, next)
    return true
  }

  #fire(timer: Timer): void {
    // Cleared by one that came before it.
    if (!this.#timers.includes(timer)) return
    if (timer.everyMs === undefined) this.#timers.splice(this.#timers.indexOf(timer), 1)
    else timer.atMs = this.#nowMs + timer.everyMs
    timer.call()
  }

  #start(call: () => void, ms = 0, everyMs?: number): object {
    const timer: Timer = { atMs: this.#nowMs + Math.max(ms, 1), everyMs, call }
    this.#timers.push(timer)
    return Object.assign(timer, { unref: () => timer, ref: () => timer, hasRef: () => false })
  }

  #clear(timer: unknown): void {
    this.#timers = this.#timers.filter((other) => other !== timer)
  }

  /** Takes the thread's clock, timers and randomness over. */
  install(): void {
    if (this.#installed) return
    this.#installed = true
    // Every lookup of what is not there makes an error; where it was made is of no interest.
    Error.stackTraceLimit = 0
    const soon = (call: () => void): object => {
      if (this.scheduled) return this.#start(call, 0)
      queueMicrotask(call)
      return {}
    }
    // The package binds its own at load: timers through node:timers, and the `Date` of that moment.
    const simulated = {
      setTimeout: (call: () => void, ms?: number) => this.#start(call, ms),
      setInterval: (call: () => void, ms?: number) => this.#start(call, ms, ms),
      clearTimeout: (timer: unknown) => this.#clear(timer),
      clearInterval: (timer: unknown) => this.#clear(timer),
      setImmediate: soon,
    }
    Object.assign(timers, simulated)
    Object.assign(globalThis, simulated, { Date: this.#dateClass() })
    real.Date.now = () => this.nowMs
    Math.random = () => this.random.below(2 ** 31) / 2 ** 31
    performance.now = () => this.#nowMs
    Object.assign(crypto, { randomBytes: (count: number) => Buffer.from(this.random.bytes(count)) })
    syncBuiltinESMExports()
  }

  uninstall(): void {
    if (!this.#installed) return
    this.#installed = false
    Error.stackTraceLimit = real.stackTraceLimit
    Object.assign(timers, REAL_TIMERS)
    Object.assign(globalThis, REAL_TIMERS, { Date: real.Date })
    real.Date.now = real.dateNow
    Math.random = real.random
    performance.now = real.now
    Object.assign(crypto, { randomBytes: real.randomBytes })
    syncBuiltinESMExports()
  }

  #dateClass(): typeof Date {
    const now = (): number => this.nowMs
    return class extends real.Date {
      constructor(...given: [] | [number | string]) {
        super(...((given.length === 0 ? [now()] : given) as [number]))
      }

      static override now(): number {
        return now()
      }
    } as typeof Date
  }
}

import { Worker } from 'node:worker_threads'
import type { SessionResult } from './session.js'
import type { WorkerMessage, WorkerTask } from './worker.js'

export interface PoolLimits {
  readonly workers: number
  /** Enough is enough: no session runs beyond this many states, or this long. */
  readonly states: number
  readonly ms: number
}

export interface Totals {
  sessions: number
  raw: number
  states: number
  deeper: number
  transactions: number
  kills: number
  faults: number
  backups: number
  ms: number
}

export interface Found {
  readonly session: string
  readonly text: string
}

/** A session takes seconds of a processor, minutes on a busy machine. One that takes so long goes round in circles. */
const SESSION_MAX_MS = 900_000

/** What is to come first takes a second of a processor, unless a planted bug makes it go round in circles. */
const HINTS_MAX_MS = 60_000

const SUMMED = ['raw', 'states', 'deeper', 'transactions', 'kills', 'faults', 'backups'] as const

/** Runs sessions in several threads until there is enough, or one has found something. */
export class Pool {
  readonly totals: Totals = {
    sessions: 0,
    raw: 0,
    states: 0,
    deeper: 0,
    transactions: 0,
    kills: 0,
    faults: 0,
    backups: 0,
    ms: 0,
  }
  readonly #limits: PoolLimits
  readonly #begunMs = performance.now()
  readonly #onSession: (totals: Totals) => void
  #found: Found | undefined
  #end: (() => void) | undefined
  #left = 0
  #timer: NodeJS.Timeout | undefined
  #timed = false

  constructor(limits: PoolLimits, onSession: (totals: Totals) => void = () => undefined) {
    this.#limits = limits
    this.#onSession = onSession
  }

  /** What was found; undefined: nothing. */
  async run(task: Omit<WorkerTask, 'first' | 'step'>): Promise<Found | undefined> {
    const { workers } = this.#limits
    const ended = new Promise<void>((resolve) => (this.#end = resolve))
    const threads = Array.from({ length: workers }, (_, first) =>
      this.#start({ ...task, first, step: workers }),
    )
    this.#left = threads.length
    this.#endAfter(task.hints.length === 0 ? this.#limits.ms : HINTS_MAX_MS)
    await ended
    clearTimeout(this.#timer)
    await Promise.all(threads.map(async (thread) => await thread.terminate()))
    this.totals.ms = performance.now() - this.#begunMs
    return this.#found
  }

  #endAfter(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#end?.(), Math.min(ms, 2 ** 31 - 1))
  }

  #start(task: WorkerTask): Worker {
    const thread = new Worker(new URL('worker.js', import.meta.url), { workerData: task })
    let watch: NodeJS.Timeout | undefined
    let session = 'none yet'
    thread.on('message', (message: WorkerMessage) => {
      clearTimeout(watch)
      session = message.session
      if (message.type === 'begun') {
        // The hint is played to its end, however busy the machine is; the time is that of the sessions after it.
        const isAfterHint = task.first < task.hints.length && !task.hints.includes(session)
        if (isAfterHint && !this.#timed) this.#endAfter(this.#limits.ms)
        if (isAfterHint) this.#timed = true
        const text = `no end after ${SESSION_MAX_MS / 1000} s`
        watch = setTimeout(() => this.#report({ session, text }), SESSION_MAX_MS)
      } else if (message.type === 'done') this.#add(message.result)
      else this.#report(message)
    })
    thread.on('error', (error) => this.#report({ session, text: String(error) }))
    thread.on('exit', () => {
      clearTimeout(watch)
      if (--this.#left === 0) this.#end?.()
    })
    return thread
  }

  #add(result: SessionResult): void {
    this.totals.sessions++
    for (const name of SUMMED) this.totals[name] += result[name]
    this.totals.ms = performance.now() - this.#begunMs
    this.#onSession(this.totals)
    if (this.totals.states >= this.#limits.states) this.#end?.()
  }

  #report(found: Found): void {
    this.#found ??= { session: found.session, text: found.text }
    this.#end?.()
  }
}

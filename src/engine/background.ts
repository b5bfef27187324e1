import { clearInterval, setInterval } from '../base/clock.js'
import { publish } from '../base/channels.js'

/** Work that no caller awaits: its failures are counted and published, and never end the process. */
export class Background {
  readonly #directory: string
  readonly #timers: NodeJS.Timeout[] = []
  #running: Promise<void> = Promise.resolve()
  #errors = 0
  #stopped = false

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Number of failures. */
  get errors(): number {
    return this.#errors
  }

  /** Runs `work` on a timer that does not keep the process alive. */
  every(ms: number, stage: string, work: () => Promise<void>): void {
    this.#timers.push(setInterval(() => this.begin(stage, work), ms).unref())
  }

  begin(stage: string, work: () => Promise<void>): void {
    if (this.#stopped) return
    this.#running = Promise.all([this.#running, this.guard(stage, work)]).then(() => undefined)
  }

  /** Waits for `work`; counts and publishes its failure. */
  async guard(stage: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.noteError(stage, error)
    }
  }

  noteError(stage: string, error: unknown): void {
    this.#errors++
    publish('background-error', () => ({ directory: this.#directory, stage, error }))
  }

  /** Stops the timers and waits for running work. No work starts afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) clearInterval(timer)
    await this.#running
  }
}

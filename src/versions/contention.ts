import { monotonicMs } from '../base/clock.js'
import { StorageError } from '../base/errors.js'

/** A transaction is planned this often whatever that takes: a plan that is slower than the bound is not given up at once. */
const PLANS_MIN = 10

/** Bounds how long a transaction is planned again because others change its prompts, each time before it commits. */
export class Contention {
  readonly #promptIds: readonly string[]
  readonly #timeoutMs: number
  readonly #beganMs = monotonicMs()
  #plans = 0

  /** @param timeoutMs how long it competes, once it was planned ten times */
  constructor(promptIds: readonly string[], timeoutMs: number) {
    this.#promptIds = promptIds
    this.#timeoutMs = timeoutMs
  }

  /** How often it was refused. */
  get refusals(): number {
    return this.#plans
  }

  /**
   * After each plan that was out of date when it was to be committed.
   * @throws StorageError FS-LOCK-001 at the bound: nothing was changed
   */
  refused(): void {
    this.#plans++
    if (this.#plans < PLANS_MIN || monotonicMs() - this.#beganMs < this.#timeoutMs) return
    const [promptId, ...more] = this.#promptIds
    const what =
      more.length === 0 ? `Prompt ${promptId}` : `One of ${this.#promptIds.length} prompts`
    throw new StorageError(
      'FS-LOCK-001',
      `${what} was changed by others again and again, before each of ${this.#plans} commits; try again`,
      {
        context: {
          reason: 'contention',
          timeout_ms: this.#timeoutMs,
          attempts: this.#plans,
          outcome: 'none',
          ...(more.length === 0 ? { prompt_id: promptId } : {}),
        },
      },
    )
  }
}

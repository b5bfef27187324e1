import { resolve } from 'node:path'
import { Retries, type RepeatableCall, type RetryRule } from '../base/retry.js'
import { DiskError, type DiskFailure } from '../disk/disk-error.js'
import { publish } from '../base/channels.js'
import { isTransient } from '../disk/transient.js'

/** Repeats what the disk refuses for a moment, tells of each repetition on the channel `retry`, and counts them. */
export class DiskRetries {
  readonly #retries: Retries
  readonly #timeoutMs: number

  /** @param timeoutMs how long all attempts of a call may take together; 0: for ever */
  constructor(directory: string, rule: RetryRule, timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.#retries = new Retries(rule, (failed, delayMs) => {
      publish('retry', () => ({ directory: resolve(directory), ...failed, delayMs }))
    })
  }

  /** Whether anything is ever repeated. */
  get isOn(): boolean {
    return this.#retries.rule.attempts > 1
  }

  /** How many attempts have been repetitions. */
  get count(): number {
    return this.#retries.count
  }

  /** For what has no effect when it fails so. */
  async again<Result>(
    operation: string,
    path: string,
    attempt: () => Promise<Result>,
    how: Partial<RepeatableCall<Result>> = {},
  ): Promise<Result> {
    const timedOut = (): Error => new DiskError('ETIMEDOUT', operation, path)
    const timeoutMs = this.#timeoutMs
    const rest = { timeoutMs, transientCode, exhausted: afterAttempts, timedOut }
    return await this.#retries.run({ operation, path, ...rest, ...how }, attempt)
  }

  /**
   * For a transaction that was refused, so that nothing of it remains: resolves when it may be sent again; undefined when
   * it may not.
   * @param attempt how often it was sent @param sinceMs since when, by the monotonic clock
   */
  afterRefusal(
    failure: DiskFailure,
    attempt: number,
    sinceMs: number,
    lockTimeoutMs: number,
  ): Promise<void> | undefined {
    if (!isTransient(failure)) return undefined
    const { code, path } = failure
    const endMs = this.#timeoutMs === 0 ? Infinity : sinceMs + this.#timeoutMs + lockTimeoutMs
    const delayMs = this.#retries.delayAfter({ operation: 'commit', path, attempt, code }, endMs)
    return delayMs === undefined ? undefined : this.#retries.wait(delayMs)
  }

  /** From now on nobody waits: what fails for a moment is tried again at once. */
  hurry(): void {
    this.#retries.hurry()
  }
}

/** The code of a failure that may have passed a moment later. */
export function transientCode(error: unknown): string | undefined {
  const isKnown = error instanceof DiskError && !error.isOutcomeUnknown
  return isKnown && isTransient(error) ? error.code : undefined
}

function afterAttempts(error: unknown, attempts: number): unknown {
  if (!(error instanceof DiskError)) return error
  const { detail } = error
  const more = detail === undefined ? {} : { detail }
  return DiskError.of(error, { cause: error.cause ?? error, attempts, ...more })
}

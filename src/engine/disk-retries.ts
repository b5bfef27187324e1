import { resolve } from 'node:path'
import { Retries, type RepeatableCall, type RetryRule } from '../base/retry.js'
import { DiskError, type DiskFailure } from '../disk/disk-error.js'
import { publish } from '../base/channels.js'
import { isTransient } from '../disk/transient.js'

/** Retries temporary failures of the disk, announces each retry on the channel `retry`, and counts them. */
export class DiskRetries {
  readonly #retries: Retries
  readonly #timeoutMs: number

  /** @param timeoutMs how long all attempts of a call may take together; 0: forever */
  constructor(directory: string, rule: RetryRule, timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.#retries = new Retries(rule, (failed, delayMs) => {
      publish('retry', () => ({ directory: resolve(directory), ...failed, delayMs }))
    })
  }

  /** Whether failures are ever retried. */
  get isOn(): boolean {
    return this.#retries.rule.attempts > 1
  }

  /** Number of retries. */
  get count(): number {
    return this.#retries.count
  }

  /** For calls that have no effect when they fail temporarily. */
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
   * For a transaction that was refused and left no trace: resolves when it may be sent again; undefined when it may
   * not.
   * @param attempt how often it was sent @param sinceMs time of the call, by the monotonic clock
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

  /** From now on, temporary failures are retried without a wait. */
  hurry(): void {
    this.#retries.hurry()
  }
}

/** The code of a temporary failure; undefined for others. */
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

import { mapLimited } from '../../base/map-limited.js'
import type { ExecutionPolicy, RateLimit } from '../models/execution-policy.js'
import { REAL_TIME, TokenBucket, type BucketClock } from './token-bucket.js'

const SECOND_MS = 1000

/** Why a schedule ended before its last task: a stop condition of the policy, or the caller. */
export type StoppedBy = 'max_failures' | 'timeout' | 'min_success_rate' | 'caller'

/** A task, and what tells whether its result is a failure. */
export interface ScheduledTask<Result> {
  /** @param signal aborts when the schedule is interrupted; the task returns a result then, too */
  readonly run: (signal: AbortSignal) => Promise<Result>
}

export interface ScheduleOptions<Result> {
  readonly signal?: AbortSignal | undefined
  readonly isFailure: (result: Result) => boolean
  /** Is called and awaited for each result, in the order in which the tasks end. */
  readonly onResult?: ((result: Result) => void | Promise<void>) | undefined
  /** The result of a task that does not begin. */
  readonly skipped: (index: number, stoppedBy: StoppedBy) => Result
}

export interface Schedule<Result> {
  /** In the order of the tasks. */
  readonly results: readonly Result[]
  readonly stopped_by?: StoppedBy
}

/**
 * Runs tasks by an execution policy: in batches with pauses between them, at most `concurrency` at once, no faster than
 * the rate limit, and no further than the stop conditions allow.
 */
export class TaskScheduler {
  readonly #policy: ExecutionPolicy
  readonly #bucket: TokenBucket | undefined
  readonly #clock: BucketClock

  /** @param rate a limit beside that of the policy; the stricter one holds */
  constructor(
    policy: ExecutionPolicy,
    rate: RateLimit | null = null,
    clock: BucketClock = REAL_TIME,
  ) {
    this.#policy = policy
    this.#clock = clock
    const limit = stricter(policy.rate_control, rate)
    this.#bucket = limit === undefined ? undefined : new TokenBucket(limit, clock)
  }

  /** Runs all tasks, or those before a stop condition holds. @throws what a task or `onResult` throws */
  async run<Result>(
    tasks: readonly ScheduledTask<Result>[],
    options: ScheduleOptions<Result>,
  ): Promise<Schedule<Result>> {
    const watch = new Stop(this.#policy, options.signal)
    try {
      return await this.#batches(tasks, options, watch)
    } finally {
      watch.end()
    }
  }

  async #batches<Result>(
    tasks: readonly ScheduledTask<Result>[],
    options: ScheduleOptions<Result>,
    stop: Stop,
  ): Promise<Schedule<Result>> {
    const { batch_size: size, concurrency } = this.#policy
    const results: Result[] = []
    for (let begin = 0; begin < tasks.length; begin += size) {
      if (begin > 0) await this.#pause(stop)
      const batch = tasks.slice(begin, begin + size)
      const ended = await mapLimited(batch, concurrency, async (task, at) => {
        if (!(await this.#mayBegin(stop))) return options.skipped(begin + at, stop.by ?? 'caller')
        const result = await task.run(stop.signal)
        stop.count(options.isFailure(result))
        await options.onResult?.(result)
        return result
      })
      for (const result of ended) results.push(result)
      stop.look()
    }
    return { results, ...(stop.by === undefined ? {} : { stopped_by: stop.by }) }
  }

  async #mayBegin(stop: Stop): Promise<boolean> {
    if (stop.by !== undefined) return false
    return await this.#undisturbed(stop, async () => await this.#bucket?.take(stop.signal))
  }

  async #pause(stop: Stop): Promise<void> {
    const pauseMs = this.#policy.backoff_seconds * SECOND_MS
    if (pauseMs === 0 || stop.by !== undefined) return
    await this.#undisturbed(stop, async () => await this.#clock.wait(pauseMs, stop.signal))
  }

  /** Waits; false if the schedule was stopped meanwhile. */
  async #undisturbed(stop: Stop, wait: () => Promise<void>): Promise<boolean> {
    try {
      await wait()
    } catch (error) {
      if (!stop.signal.aborted) throw error
    }
    return stop.by === undefined
  }
}

/** Counts results, and decides when a schedule ends early. Running tasks are interrupted by time and caller only. */
class Stop {
  readonly #conditions: ExecutionPolicy['stop_conditions']
  readonly #controller = new AbortController()
  readonly #caller: AbortSignal | undefined
  readonly #timer: AbortSignal | undefined
  #by: StoppedBy | undefined
  #failures = 0
  #ended = 0

  constructor({ stop_conditions: conditions }: ExecutionPolicy, caller: AbortSignal | undefined) {
    this.#conditions = conditions
    this.#caller = caller
    const { timeout } = conditions
    this.#timer = timeout === undefined ? undefined : AbortSignal.timeout(timeout * SECOND_MS)
    this.#timer?.addEventListener('abort', this.#byTime)
    caller?.addEventListener('abort', this.#byCaller)
    if (caller?.aborted === true) this.#byCaller()
  }

  get by(): StoppedBy | undefined {
    return this.#by
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  count(isFailure: boolean): void {
    this.#ended++
    if (isFailure) this.#failures++
    const { max_failures: failuresMax } = this.#conditions
    if (failuresMax !== undefined && this.#failures >= failuresMax) this.#by ??= 'max_failures'
  }

  /** After a batch: whether too few of the results so far are successes. */
  look(): void {
    const { min_success_rate: rate } = this.#conditions
    const successes = this.#ended - this.#failures
    if (rate !== undefined && this.#ended > 0 && successes / this.#ended < rate)
      this.#by ??= 'min_success_rate'
  }

  end(): void {
    this.#timer?.removeEventListener('abort', this.#byTime)
    this.#caller?.removeEventListener('abort', this.#byCaller)
  }

  readonly #byTime = (): void => this.#interrupt('timeout')
  readonly #byCaller = (): void => this.#interrupt('caller')

  #interrupt(by: StoppedBy): void {
    this.#by ??= by
    this.#controller.abort()
  }
}

function stricter(one: RateLimit | undefined, other: RateLimit | null): RateLimit | undefined {
  if (one === undefined || other === null) return one ?? other ?? undefined
  return {
    per_minute: Math.min(one.per_minute, other.per_minute),
    burst: Math.min(one.burst, other.burst),
  }
}

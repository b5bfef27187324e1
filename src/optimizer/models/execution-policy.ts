import { z } from 'zod'
import { strict } from '../../config/strict.js'

/** How often requests may begin. */
export interface RateLimit {
  /** At least 1. */
  readonly per_minute: number
  /** How many may begin at once after a pause. At least 1, default 5. */
  readonly burst: number
}

/** When a failed run is tried again. */
export interface RetryPolicy {
  /** Including the first. 1 to 100, default 3. */
  readonly max_attempts: number
  /** The pause before the second attempt, in seconds. Default 2. */
  readonly backoff_seconds: number
  /** By what each further pause is longer. At least 1, default 1.5. */
  readonly backoff_multiplier: number
  /** Kinds of errors that are tried again, such as `timeout`. Default: those that may pass. */
  readonly retry_on_errors?: readonly string[] | undefined
}

/** When a whole run ends early. */
export interface StopConditions {
  /** The run ends after this many failed cases. Default: never. */
  readonly max_failures?: number | undefined
  /** The longest time of the whole run, in seconds. Default: no limit. */
  readonly timeout?: number | undefined
  /** The longest time of one case, in seconds. Default 300. */
  readonly timeout_per_task: number
  /** The run ends when a smaller share of its cases succeeded. 0 to 1. Default: never. */
  readonly min_success_rate?: number | undefined
}

/** How the cases of a plan are run. */
export interface ExecutionPolicy {
  /** How many cases run at once. 1 to 1000, default 1. */
  readonly concurrency: number
  /** How many cases begin before the policy looks at the stop conditions again. Default 5. */
  readonly batch_size: number
  /** Default: no limit. */
  readonly rate_control?: RateLimit | undefined
  /** The pause between two batches, in seconds. Default 2. */
  readonly backoff_seconds: number
  readonly retry_policy: RetryPolicy
  readonly stop_conditions: StopConditions
}

const seconds = z.number().min(0)
const count = z.int().min(1)

export const rateLimitSchema: z.ZodType<RateLimit> = strict({
  per_minute: count,
  burst: count.default(5),
})

const retrySchema = strict({
  max_attempts: z.int().min(1).max(100).default(3),
  backoff_seconds: seconds.default(2),
  backoff_multiplier: z.number().min(1).default(1.5),
  retry_on_errors: z.array(z.string().min(1)).optional(),
})

/** `timeout_minutes` is in plans of the first implementation. */
const stopSchema = strict({
  max_failures: count.optional(),
  timeout: seconds.optional(),
  timeout_minutes: seconds.optional(),
  timeout_per_task: z.number().positive().default(300),
  min_success_rate: z.number().min(0).max(1).optional(),
})
  .refine(
    ({ timeout, timeout_minutes }) => timeout === undefined || timeout_minutes === undefined,
    'expected either "timeout" or "timeout_minutes"',
  )
  .transform(({ timeout_minutes, ...rest }): StopConditions => {
    return timeout_minutes === undefined ? rest : { ...rest, timeout: timeout_minutes * 60 }
  })

/** Unknown keys are refused, with the nearest known one. */
export const executionPolicySchema: z.ZodType<ExecutionPolicy> = strict({
  concurrency: z.int().min(1).max(1000).default(1),
  batch_size: count.default(5),
  rate_control: rateLimitSchema.optional(),
  backoff_seconds: seconds.default(2),
  retry_policy: retrySchema.prefault({}),
  stop_conditions: stopSchema.prefault({}),
})

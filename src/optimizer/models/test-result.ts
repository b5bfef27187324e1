import { z } from 'zod'
import { strict, strictlyParsed } from '../../config/strict.js'
import { jsonObjectSchema, timestampSchema } from '../../document/fields.js'
import type { JsonObject } from '../../document/json.js'

/** The states of a case. The last five are final. */
export const TEST_STATUSES = [
  'pending',
  'queued',
  'running',
  'succeeded',
  'failed',
  'timeout',
  'cancelled',
  'error',
] as const
/**
 * `failed`: the workflow ran, and Dify reports a failure. `timeout`: it took longer than the policy allows. `cancelled`:
 * the caller ended it. `error`: it could not be run.
 */
export type TestStatus = (typeof TEST_STATUSES)[number]

/** The outcome of one case. */
export interface TestResult {
  readonly workflow_id: string
  readonly execution_id: string
  readonly case_id: string
  /** The variant that ran. Default: the workflow as it is. */
  readonly prompt_variant?: string | undefined
  readonly dataset?: string | undefined
  readonly status: TestStatus
  /** 0 to 1, from an evaluator, or 1 for success and 0 for failure. Missing for an error: errors are not scores. */
  readonly score?: number | undefined
  /** In seconds. */
  readonly execution_time: number
  readonly tokens_used: number
  /** In the currency of the provider. */
  readonly cost: number
  readonly inputs: JsonObject
  readonly outputs: JsonObject
  readonly error_message?: string | undefined
  /** Facts of the run, such as `prompt_id`. */
  readonly metadata: JsonObject
  /** ISO 8601, UTC. */
  readonly executed_at: string
}

/** What many results have in common. Times are in seconds. */
export interface PerformanceMetrics {
  readonly total_executions: number
  readonly success_count: number
  readonly failed_count: number
  /** 0 to 1; 0 without executions. */
  readonly success_rate: number
  readonly avg_execution_time: number
  readonly p50_execution_time: number
  readonly p95_execution_time: number
  readonly p99_execution_time: number
  readonly total_tokens: number
  readonly avg_tokens: number
  readonly total_cost: number
  readonly avg_cost: number
  /** Of the results that have a score; null if none has one. */
  readonly avg_score: number | null
}

/** Errors by their kind; the total is the sum of the others. */
export interface ErrorDistribution {
  readonly timeout_errors: number
  readonly api_errors: number
  readonly validation_errors: number
  readonly llm_errors: number
  readonly total_errors: number
}

/** The report of one run of a plan. */
export interface TestExecutionReport {
  readonly workflow_id: string
  readonly run_id: string
  readonly total_tests: number
  readonly successful_tests: number
  readonly failed_tests: number
  /** 0 to 1: successful of total. */
  readonly success_rate: number
  readonly avg_response_time_ms: number
  readonly p95_response_time_ms: number
  readonly p99_response_time_ms: number
  readonly total_tokens: number
  readonly avg_tokens_per_request: number
  readonly total_cost: number
  readonly cost_per_request: number
  readonly error_distribution: ErrorDistribution
  /** ISO 8601, UTC. */
  readonly executed_at: string
  readonly metadata: JsonObject
}

const named = z.string().min(1)
const amount = z.number().min(0)

const testResultSchema = strict({
  workflow_id: named,
  execution_id: named,
  case_id: named,
  prompt_variant: named.optional(),
  dataset: named.optional(),
  status: z.enum(TEST_STATUSES),
  score: z.number().min(0).max(1).optional(),
  execution_time: amount,
  tokens_used: amount.default(0),
  cost: amount.default(0),
  inputs: jsonObjectSchema.default({}),
  outputs: jsonObjectSchema.default({}),
  error_message: z.string().optional(),
  metadata: jsonObjectSchema.default({}),
  executed_at: timestampSchema,
})

/** Checks a result and adds the defaults. @throws TypeError for an unknown or a wrong key */
export function checkTestResult(given: unknown, source = 'the result'): TestResult {
  return strictlyParsed<TestResult>(testResultSchema, given, '', source, 'the result')
}

const errors = z.int().min(0)
const distributionSchema = strict({
  timeout_errors: errors.default(0),
  api_errors: errors.default(0),
  validation_errors: errors.default(0),
  llm_errors: errors.default(0),
  total_errors: errors.default(0),
}).refine(
  (all) =>
    all.total_errors ===
    all.timeout_errors + all.api_errors + all.validation_errors + all.llm_errors,
  'expected "total_errors" that is the sum of the others',
)

/** A rate is given with at least three digits. */
const RATE_TOLERANCE = 0.001

const reportSchema = strict({
  workflow_id: named,
  run_id: named,
  total_tests: z.int().min(1),
  successful_tests: errors,
  failed_tests: errors,
  success_rate: z.number().min(0).max(1),
  avg_response_time_ms: amount,
  p95_response_time_ms: amount,
  p99_response_time_ms: amount,
  total_tokens: amount,
  avg_tokens_per_request: amount,
  total_cost: amount,
  cost_per_request: amount,
  error_distribution: distributionSchema.prefault({}),
  executed_at: timestampSchema,
  metadata: jsonObjectSchema.default({}),
}).refine(
  (report) =>
    Math.abs(report.success_rate - report.successful_tests / report.total_tests) <= RATE_TOLERANCE,
  'expected "success_rate" that is successful_tests / total_tests',
)

/** Checks a report and adds the defaults. @throws TypeError for an unknown or a wrong key, and for sums that are wrong */
export function checkTestExecutionReport(
  given: unknown,
  source = 'the report',
): TestExecutionReport {
  return strictlyParsed<TestExecutionReport>(reportSchema, given, '', source, 'the report')
}

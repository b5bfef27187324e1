import { randomUUID } from 'node:crypto'
import { documentTime, monotonicMs } from '../../base/clock.js'
import { codeOf, isError } from '../../base/values.js'
import { addPrices, isDifyError, type NodeTrace, type RunStatus } from '../../dify/service/index.js'
import type { JsonObject, JsonValue } from '../../document/json.js'
import type { Case, Evaluator, Verdict } from '../evaluation/case.js'
import type { ExecutionPolicy, RetryPolicy } from '../models/execution-policy.js'
import { isRefusedKey } from '../refused-key.js'
import type { RunManifest, TestCase } from '../models/run-manifest.js'
import type { TestResult, TestStatus } from '../models/test-result.js'
import type { CaseRun, CaseRunOptions, PreparedWorkflow } from './case-runner.js'
import { REAL_TIME } from './token-bucket.js'

const SECOND_MS = 1000
const TIMED_OUT = 'OPT-DIFY-006'
const BUDGET = 'OPT-BUDGET-001'
/** By code alone: an error that comes from a record has nothing else. */
const TEMPORARY: readonly string[] = ['OPT-DIFY-001', 'OPT-DIFY-002']

/** What a result is made with. */
export interface RunExecutorOptions {
  readonly policy: ExecutionPolicy
  /** Scores the outputs of a run that succeeded. Without one, a success scores 1 and a failure 0. */
  readonly evaluator?: Evaluator | undefined
  /** The prompt of a node, by its id, for `metadata.prompt_id` of a result that failed there. */
  readonly promptIdOf?: ((nodeId: string) => string | undefined) | undefined
  readonly onStarted?: CaseRunOptions['onStarted'] | undefined
}

/** A result, and the run behind it if there was one. */
export interface ExecutedCase {
  readonly result: TestResult
  readonly run?: CaseRun
  readonly verdict?: Verdict
}

/** Runs one case after the other of one manifest: with its retries, its time limit, and its score. */
export class RunExecutor {
  readonly #manifest: RunManifest
  readonly #workflow: PreparedWorkflow
  readonly #options: RunExecutorOptions

  constructor(manifest: RunManifest, workflow: PreparedWorkflow, options: RunExecutorOptions) {
    this.#manifest = manifest
    this.#workflow = workflow
    this.#options = options
  }

  /**
   * Runs a case to its result: a run that fails is a result, too.
   * @throws what is not a failure of Dify or of the evaluator, such as that of a store
   */
  async execute(testCase: TestCase, signal?: AbortSignal): Promise<ExecutedCase> {
    const { retry_policy: policy } = this.#options.policy
    const spent: Spent = { attempts: 0, tokens: 0, cost: '0', isPartial: false }
    const beganMs = monotonicMs()
    for (let pauseMs = policy.backoff_seconds * SECOND_MS; ; pauseMs *= policy.backoff_multiplier) {
      const attempt = await this.#attempt(testCase, spent, signal)
      if (spent.attempts >= policy.max_attempts || !mayPass(attempt, policy) || aborted(signal))
        return this.#executed(testCase, attempt, spent, (monotonicMs() - beganMs) / SECOND_MS)
      try {
        await REAL_TIME.wait(pauseMs, signal)
      } catch {
        // The caller ended it: the failed attempt is the last one.
        return this.#executed(testCase, attempt, spent, (monotonicMs() - beganMs) / SECOND_MS)
      }
    }
  }

  /** The result of a case that does not begin. */
  skipped(testCase: TestCase, why: string): TestResult {
    return {
      ...this.#frame(testCase),
      status: 'cancelled',
      execution_time: 0,
      tokens_used: 0,
      cost: 0,
      outputs: {},
      error_message: `The case did not begin: ${why}`,
      metadata: { ...testCase.metadata, attempts: 0, stopped_by: why },
    }
  }

  async #attempt(
    testCase: TestCase,
    spent: Spent,
    signal: AbortSignal | undefined,
  ): Promise<Attempt> {
    spent.attempts++
    const { policy, onStarted } = this.#options
    const timeoutMs = Math.ceil(policy.stop_conditions.timeout_per_task * SECOND_MS)
    try {
      const attempt = spent.attempts - 1
      const run = await this.#workflow.run(testCase, { signal, timeoutMs, attempt, onStarted })
      spent.tokens += run.tokens
      spent.cost = addPrices(spent.cost, run.cost)
      spent.isPartial ||= !run.is_cost_known
      return await this.#scored(testCase, run, signal)
    } catch (error) {
      if (aborted(signal)) return { status: 'cancelled', error }
      // A defect, a store that fails, or a key that is refused concerns every case.
      if (isRefusedKey(error) || (!isDifyError(error) && codeOf(error) !== BUDGET)) throw error
      return { status: codeOf(error) === TIMED_OUT ? 'timeout' : 'error', error }
    }
  }

  /** An output that cannot be scored is an error, not a score of 0. */
  async #scored(testCase: TestCase, run: CaseRun, signal?: AbortSignal): Promise<Attempt> {
    const status = statusOf(run.status)
    const { evaluator } = this.#options
    if (status !== 'succeeded' || evaluator === undefined) return { status, run }
    try {
      const evaluated = { outputs: run.outputs, testCase: asCase(testCase), signal }
      return { status, run, verdict: await evaluator.evaluate(evaluated) }
    } catch (error) {
      if (isRefusedKey(error)) throw error
      return { status: aborted(signal) ? 'cancelled' : 'error', run, error }
    }
  }

  #executed(testCase: TestCase, attempt: Attempt, spent: Spent, seconds: number): ExecutedCase {
    const { status, run, verdict, error } = attempt
    const failed = run?.traces.find((trace) => trace.status === 'failed')
    const score = verdict?.score ?? byStatus(status)
    const message = error === undefined ? run?.error : messageOf(error)
    const result: TestResult = {
      ...this.#frame(testCase),
      status,
      ...(score === undefined ? {} : { score }),
      execution_time: run === undefined ? seconds : run.seconds,
      tokens_used: spent.tokens,
      cost: Number(spent.cost),
      outputs: (run?.outputs ?? {}) as JsonObject,
      ...(message === undefined ? {} : { error_message: message }),
      metadata: {
        ...testCase.metadata,
        attempts: spent.attempts,
        exact_cost: spent.cost,
        ...(spent.isPartial ? { cost_is_partial: true } : {}),
        ...factsOf(this.#workflow.version_id, run, error),
        ...(verdict === undefined || verdict.feedback === '' ? {} : { feedback: verdict.feedback }),
        ...this.#culprit(failed),
      },
    }
    return {
      result,
      ...(run === undefined ? {} : { run }),
      ...(verdict === undefined ? {} : { verdict }),
    }
  }

  #culprit(failed: NodeTrace | undefined): JsonObject {
    if (failed === undefined) return {}
    const promptId = this.#options.promptIdOf?.(failed.node_id)
    return {
      failed_node_id: failed.node_id,
      failed_node_type: failed.node_type,
      ...(promptId === undefined ? {} : { prompt_id: promptId }),
    }
  }

  #frame(testCase: TestCase) {
    const { workflow_id: workflow, variant_id: variant } = this.#manifest
    return {
      workflow_id: workflow,
      execution_id: randomUUID(),
      case_id: testCase.id,
      ...(variant === null ? {} : { prompt_variant: variant }),
      ...(testCase.dataset === undefined ? {} : { dataset: testCase.dataset }),
      inputs: testCase.inputs,
      executed_at: documentTime().toISOString(),
    }
  }
}

/** What all attempts of a case cost together. */
interface Spent {
  attempts: number
  tokens: number
  cost: string
  /** Whether the price of a node is not known. */
  isPartial: boolean
}

interface Attempt {
  readonly status: TestStatus
  readonly run?: CaseRun
  readonly verdict?: Verdict
  readonly error?: unknown
}

/** Kinds of attempts that a policy may name, beside codes of errors. */
function kindsOf({ status, error }: Attempt): readonly string[] {
  const code = codeOf(error)
  return code === undefined ? [status] : [status, code]
}

/** By default, what Dify calls temporary is tried again; a failed run and a timeout are not. */
function mayPass(attempt: Attempt, { retry_on_errors: named }: RetryPolicy): boolean {
  if (attempt.status === 'succeeded' || attempt.status === 'cancelled') return false
  if (named !== undefined) return kindsOf(attempt).some((kind) => named.includes(kind))
  return isDifyError(attempt.error) && TEMPORARY.includes(attempt.error.code)
}

/** A run that waits for a person does not end by itself. */
function statusOf(status: RunStatus): TestStatus {
  if (status === 'succeeded' || status === 'partial-succeeded') return 'succeeded'
  return status === 'stopped' ? 'cancelled' : 'failed'
}

/** Only what ran has a score. */
function byStatus(status: TestStatus): number | undefined {
  if (status === 'succeeded') return 1
  return status === 'failed' ? 0 : undefined
}

function factsOf(version: string, run: CaseRun | undefined, error: unknown): JsonObject {
  const context = isDifyError(error) ? error.context : {}
  const code = codeOf(error)
  const runId = run?.run_id ?? context.run_id
  const facts: readonly (readonly [string, JsonValue | undefined])[] = [
    ['version_id', version],
    ['run_id', runId],
    ['run_status', run?.status ?? context.run_status],
    ['currency', run?.currency],
    ['error_code', code],
  ]
  return Object.fromEntries(
    facts.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  ) as JsonObject
}

function asCase({ id, inputs, expected, metadata }: TestCase): Case {
  return {
    id,
    inputs: inputs as Case['inputs'],
    ...(expected === undefined ? {} : { expected: expected as JsonValue }),
    ...(metadata === undefined ? {} : { metadata: metadata as Case['inputs'] }),
  }
}

function messageOf(error: unknown): string {
  return isError(error) ? error.message : String(error)
}

function aborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

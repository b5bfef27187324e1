import { rejectUnknown } from '../../base/options.js'
import type { Evaluator } from '../evaluation/case.js'
import { checkEvaluatorSpec } from '../evaluation/evaluator-spec.js'
import { evaluatorOf } from '../evaluation/evaluators.js'
import { chatModel, type ChatModel } from '../llm/chat-model.js'
import type { RunManifest, TestCase } from '../models/run-manifest.js'
import type { TestResult } from '../models/test-result.js'
import type { CaseRunner, CaseRunOptions } from './case-runner.js'
import { RunExecutor, type ExecutedCase } from './run-executor.js'
import { TaskScheduler, type StoppedBy } from './task-scheduler.js'

export interface ExecutorServiceOptions {
  /** Where cases are run, such as a `DifyRunner`. */
  readonly runner: CaseRunner
  /**
   * Scores outputs. Default: the evaluator of the manifest. Without either, a success scores 1 and a failed run 0.
   */
  readonly evaluator?: Evaluator | undefined
  /** Asked by the evaluator of a manifest that is an `llm_judge`. Default: none. */
  readonly model?: ChatModel | undefined
  /** The prompt of a node, by its id: results that failed there name it in `metadata.prompt_id`. */
  readonly promptIdOf?: ((nodeId: string) => string | undefined) | undefined
}

export interface ExecuteOptions {
  /**
   * Ends the execution: runs under way are told to stop. The results of all cases are still returned: those that did
   * not end are `cancelled`.
   */
  readonly signal?: AbortSignal | undefined
  /** Is called and awaited for each case that ends, in that order, with the run behind its result. */
  readonly onResult?: ((executed: ExecutedCase) => void | Promise<void>) | undefined
  /** Is called and awaited as soon as a run has a name. */
  readonly onStarted?: CaseRunOptions['onStarted'] | undefined
}

/** Executes manifests: each case once, by the policy of the manifest, to a result. */
export class ExecutorService {
  readonly #options: ExecutorServiceOptions

  /** @throws TypeError for an unknown option, and for a model that is none */
  constructor(options: ExecutorServiceOptions) {
    rejectUnknown(options, ['runner', 'evaluator', 'model', 'promptIdOf'], 'ExecutorService')
    if (options.model !== undefined) chatModel('model', options.model)
    this.#options = options
  }

  /**
   * Runs the cases of a manifest. Failures of single cases are results; a failure that concerns all of them rejects.
   * @returns one result for each case, in their order
   * @throws TypeError for a wrong evaluator of the manifest, before anything runs; what the runner throws when it prepares the workflow, what `onResult` throws, and a refused key
   */
  async executeTestPlan(
    manifest: RunManifest,
    options: ExecuteOptions = {},
  ): Promise<readonly TestResult[]> {
    rejectUnknown(options, ['signal', 'onResult', 'onStarted'], 'executeTestPlan')
    const { signal, onResult, onStarted } = options
    const { runner, promptIdOf } = this.#options
    const evaluator = this.#evaluatorOf(manifest)
    const workflow = await runner.prepare(manifest, { signal })
    const policy = manifest.execution_policy
    const executor = new RunExecutor(manifest, workflow, {
      policy,
      evaluator,
      promptIdOf,
      onStarted,
    })
    const scheduler = new TaskScheduler(policy, manifest.rate_limits)
    const { results } = await scheduler.run(
      manifest.cases.map((testCase) => ({
        run: async (interrupt) => await executor.execute(testCase, interrupt),
      })),
      {
        signal,
        isFailure: ({ result }) => result.status !== 'succeeded',
        onResult,
        skipped: (at, by) => skipped(executor, manifest.cases[at], by),
      },
    )
    return results.map(({ result }) => result)
  }

  #evaluatorOf({ evaluator: given }: RunManifest): Evaluator | undefined {
    const { evaluator, model } = this.#options
    // A manifest that was kept as a file may lack the field.
    if (evaluator !== undefined || (given ?? null) === null) return evaluator
    return evaluatorOf(checkEvaluatorSpec(given, 'manifest.evaluator'), { model })
  }
}

function skipped(
  executor: RunExecutor,
  testCase: TestCase | undefined,
  stoppedBy: StoppedBy,
): ExecutedCase {
  return { result: executor.skipped(testCase as TestCase, stoppedBy) }
}

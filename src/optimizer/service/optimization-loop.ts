import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown, shown } from '../../base/options.js'
import type { EnvConfig } from '../../config/env-config.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import type { EvaluatorSpec } from '../evaluation/evaluator-spec.js'
import { aggregateMetrics } from '../execution/aggregate-metrics.js'
import type { ExecuteOptions, ExecutorService } from '../execution/executor-service.js'
import { RunManifestBuilder, type DslPatcher } from '../execution/run-manifest-builder.js'
import type { TestCaseGenerator } from '../execution/test-case-generator.js'
import type { PromptOptimization, PromptPatch } from '../models/prompt-patch.js'
import type { RunManifest } from '../models/run-manifest.js'
import type { TestPlan } from '../models/test-plan.js'
import type { PerformanceMetrics, TestResult } from '../models/test-result.js'
import type { WorkflowCatalog } from '../models/workflow-catalog.js'

/** What finds better prompts. `OptimizerService` does. */
export interface PatchFinder {
  optimizeWorkflow(
    workflowId: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly PromptPatch[]>
}

export interface OptimizationLoopOptions {
  readonly optimizer: PatchFinder
  readonly executor: Pick<ExecutorService, 'executeTestPlan'>
  readonly catalog: WorkflowCatalog
  readonly plan: TestPlan
  readonly patchEngine: DslPatcher
  /** The store that the workflow was imported into, if patches name its prompts: as for `RunManifestBuilder`. */
  readonly storage?: VersionStorage<PromptVersion> | undefined
  readonly env?: Pick<EnvConfig, 'io_paths'> | undefined
  readonly caseGenerator?: TestCaseGenerator | undefined
  /** Scores the outputs, unless the executor has an evaluator of its own. */
  readonly evaluator?: EvaluatorSpec | undefined
  /** Is called with the file of the variant if it won, for example to write it where the catalog says. Default: nothing. */
  readonly onWinner?: ((winner: WinningVariant) => void | Promise<void>) | undefined
}

/** The variant that scored better than the workflow as it is. */
export interface WinningVariant {
  readonly workflow_id: string
  readonly variant: PromptOptimization
  /** The whole file, with the patches. */
  readonly dsl: string
  /** Where the workflow's own file is. */
  readonly path: string
}

/**
 * How a loop ended. `no_patches`: nothing to improve was found. `not_comparable`: errors left no case that both
 * executions scored. The comparison is of the same cases, but of one run each: it shows no significance. `prove` does.
 */
export type LoopOutcome = 'improved' | 'not_improved' | 'no_patches' | 'not_comparable'

export interface LoopResult {
  readonly outcome: LoopOutcome
  /** The mean score of the cases that both executions scored; null without any. */
  readonly baseline_score: number | null
  readonly variant_score: number | null
  /** The difference of both; null where one is missing. */
  readonly improvement: number | null
  readonly patches: readonly PromptPatch[]
  /** How many cases both executions scored. */
  readonly compared_cases: number
  readonly baseline: PerformanceMetrics
  readonly variant: PerformanceMetrics | null
}

const VARIANT_ID = 'optimized_v1'
const OPTIONS = [
  'optimizer',
  'executor',
  'catalog',
  'plan',
  'patchEngine',
  'storage',
  'env',
  'caseGenerator',
  'evaluator',
  'onWinner',
]

/** Runs a workflow as it is, optimizes it, runs it with the patches, and compares. */
export class OptimizationLoop {
  readonly #options: OptimizationLoopOptions

  /** @throws TypeError for an unknown option */
  constructor(options: OptimizationLoopOptions) {
    rejectUnknown(options, OPTIONS, 'OptimizationLoop')
    this.#options = options
  }

  /**
   * @param options pass to each execution; `signal` ends the loop
   * @throws TypeError for a workflow that the plan or the catalog does not have; what the optimizer, the patches and the
   *   runner throw; the signal's reason
   */
  async runClosedLoop(workflowId: string, options: ExecuteOptions = {}): Promise<LoopResult> {
    const { optimizer, executor } = this.#options
    const { signal } = options
    const [baselineManifest] = await this.#manifests(workflowId, [])
    const baseline = await executor.executeTestPlan(baselineManifest as RunManifest, options)
    signal?.throwIfAborted()
    const patches = await optimizer.optimizeWorkflow(workflowId, { signal })
    signal?.throwIfAborted()
    if (patches.length === 0) return comparison(baseline, undefined, patches)
    const variant: PromptOptimization = {
      variant_id: VARIANT_ID,
      description: 'Auto-generated optimization',
      weight: 1,
      nodes: patches,
    }
    const manifests = await this.#manifests(workflowId, [variant])
    const variantManifest = manifests.find(({ variant_id: id }) => id === VARIANT_ID) as RunManifest
    const results = await executor.executeTestPlan(variantManifest, options)
    signal?.throwIfAborted()
    const result = comparison(baseline, results, patches)
    if (result.outcome === 'improved') await this.#announce(workflowId, variant, variantManifest)
    return result
  }

  /** The plan's own variants are not part of the loop. */
  async #manifests(
    workflowId: string,
    variants: readonly PromptOptimization[],
  ): Promise<readonly RunManifest[]> {
    const { catalog, plan, env, patchEngine, storage, caseGenerator, evaluator } = this.#options
    const entry = plan.workflows.find(({ catalog_id: id }) => id === workflowId)
    if (entry === undefined) throw wrongArgument(`The plan has no workflow ${shown(workflowId)}`)
    const workflows = [{ ...entry, enabled: true, prompt_optimization: variants }]
    const narrowed = { ...plan, workflows }
    return await new RunManifestBuilder({
      catalog,
      plan: narrowed,
      env,
      patchEngine,
      storage,
      caseGenerator,
      evaluator,
    }).buildAll()
  }

  async #announce(
    workflowId: string,
    variant: PromptOptimization,
    { dsl }: RunManifest,
  ): Promise<void> {
    const { catalog, env, onWinner } = this.#options
    const path = catalog.getWorkflow(workflowId)?.dslPathResolved(env?.io_paths['workflow_dsl'])
    await onWinner?.({ workflow_id: workflowId, variant, dsl, path: path ?? '' })
  }
}

/** Compares the cases that both executions scored: an error on one side would make the other look better. */
function comparison(
  baseline: readonly TestResult[],
  variant: readonly TestResult[] | undefined,
  patches: readonly PromptPatch[],
): LoopResult {
  const after = new Map(variant?.map((result) => [result.case_id, result.score]))
  const pairs = baseline.flatMap(({ case_id: id, score }) => {
    const other = after.get(id)
    return score === undefined || other === undefined ? [] : [{ score, other }]
  })
  const alone = aggregateMetrics(baseline)
  const before = variant === undefined ? alone.avg_score : meanOf(pairs.map(({ score }) => score))
  const then = meanOf(pairs.map(({ other }) => other))
  const improvement = before === null || then === null ? null : then - before
  return {
    outcome: outcomeOf(variant, improvement),
    baseline_score: before,
    variant_score: then,
    improvement,
    patches,
    compared_cases: pairs.length,
    baseline: alone,
    variant: variant === undefined ? null : aggregateMetrics(variant),
  }
}

function outcomeOf(variant: unknown, improvement: number | null): LoopOutcome {
  if (variant === undefined) return 'no_patches'
  if (improvement === null) return 'not_comparable'
  return improvement > 0 ? 'improved' : 'not_improved'
}

function meanOf(numbers: readonly number[]): number | null {
  if (numbers.length === 0) return null
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

import { documentTime } from '../../base/clock.js'
import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown, stringOption } from '../../base/options.js'
import { BACKEND_NAMES } from '../../config/backends/backends.js'
import { createStorage } from '../../config/create-storage.js'
import type { EnvConfig } from '../../config/env-config.js'
import { WorkflowError } from '../../dify/workflow-error.js'
import type { TextPrompt } from '../../versions/prompts/prompt.js'
import type {
  OptimizationResult,
  OptimizationStrategy,
  PromptVersion,
} from '../../versions/prompts/prompt-version.js'
import { VersionManager } from '../../versions/prompts/version-manager.js'
import type { ListOptions } from '../../versions/version-storage.js'
import { PromptAnalyzer } from '../analysis/prompt-analyzer.js'
import { MeteredModel, type ModelStatistics } from '../llm/metered-model.js'
import type { PromptPatch } from '../models/prompt-patch.js'
import type { WorkflowEntry } from '../models/workflow-catalog.js'
import { OptimizationError } from '../optimization-error.js'
import { PromptExtractor } from '../prompt-extractor.js'
import {
  OptimizationEngine,
  type Analyzer,
  type OptimizeConfig,
} from '../rewriting/optimization-engine.js'
import {
  checkScoringRules,
  type RunMetrics,
  type ScoringRules,
} from '../rewriting/scoring-rules.js'
import { OptimizationCycle, type CycleOptions } from './optimization-cycle.js'
import type { OptimizationReport } from './optimization-report.js'
import { settingsFrom } from './optimization-settings.js'
import { checkServiceOptions, type OptimizerServiceOptions } from './service-options.js'
import type { WorkflowReader } from './workflow-reader.js'

/** The scores of a workflow. */
export interface WorkflowAnalysis {
  readonly workflow_id: string
  readonly prompt_count: number
  /** null without prompts. */
  readonly average_score: number | null
  readonly prompts: readonly {
    readonly prompt_id: string
    readonly node_id?: string | undefined
    readonly overall_score: number
    readonly clarity_score: number
    readonly efficiency_score: number
    readonly issues_count: number
  }[]
  /** Whether the average is below `min_baseline_score`. */
  readonly needs_optimization: boolean
}

/** One version of a prompt, in short. */
export interface HistoryEntry {
  readonly version: string
  /** null where the version was not analysed. */
  readonly score: number | null
  readonly clarity: number | null
  readonly efficiency: number | null
  readonly created_at: string
  readonly author: string | null
  readonly is_optimized: boolean
}

/**
 * Optimizes the prompts of workflows: reads them, scores them, rewrites those that need it, keeps the versions, and
 * returns patches. It changes no file: `PromptPatchEngine` applies patches.
 *
 * @example
 * const service = new OptimizerService({ catalog, env })
 * const patches = await service.optimizeWorkflow('wf_001')
 */
export class OptimizerService {
  readonly #options: OptimizerServiceOptions
  readonly #analyzer: Analyzer
  readonly #engine: OptimizationEngine
  readonly #model: MeteredModel | undefined
  readonly #rules: ScoringRules
  readonly #reader: WorkflowReader
  #manager: Promise<VersionManager> | undefined
  #close: (() => Promise<void>) | undefined

  /** @throws TypeError or RangeError that names the wrong option */
  constructor(options: OptimizerServiceOptions) {
    this.#options = checkServiceOptions(options)
    const { model, env, optimization, now = documentTime } = options
    const { min_baseline_score } = settingsFrom(optimization, env?.optimizer.optimization)
    this.#rules = checkScoringRules({ min_baseline_score, ...options.scoringRules })
    this.#model = model === undefined ? undefined : new MeteredModel(model)
    this.#analyzer = options.analyzer ?? new PromptAnalyzer({ now })
    this.#reader = options.reader ?? new PromptExtractor({ now })
    this.#engine = new OptimizationEngine({
      analyzer: this.#analyzer,
      model: this.#model,
      scoringRules: this.#rules,
      now,
    })
  }

  /**
   * Optimizes the prompts of a workflow whose score is below `min_baseline_score`.
   *
   * @returns the patches; `runOptimizationCycle` also reports what became of each prompt
   * @throws WorkflowError OPT-EXT-001 for a workflow that is not in the catalog; OptimizationError OPT-SVC-001 if all prompts that
   *   need it failed; what reading the file and the storage throw
   */
  async optimizeWorkflow(
    workflowId: string,
    options: CycleOptions = {},
  ): Promise<readonly PromptPatch[]> {
    const report = await this.runOptimizationCycle(workflowId, options)
    const failures = report.prompts.filter(({ status }) => status === 'failed')
    if (failures.length === 0 || report.patches.length > 0) return report.patches
    throw new OptimizationError(
      'OPT-SVC-001',
      `No prompt of workflow ${workflowId} was optimized, and ${failures.length} failed: ${failures[0]?.error?.message}`,
      {
        context: {
          workflow_id: workflowId,
          failures: failures.map(({ prompt_id, error }) => ({ prompt_id, ...error })),
        },
      },
    )
  }

  /** As `optimizeWorkflow`, with what runs of the workflow have shown: it decides about the strategies. */
  async optimizeWithMetrics(
    workflowId: string,
    baselineMetrics?: RunMetrics,
    options: CycleOptions = {},
  ): Promise<readonly PromptPatch[]> {
    return await this.optimizeWorkflow(workflowId, { ...options, metrics: baselineMetrics })
  }

  /** Yields the patch of each prompt as soon as its versions are kept. A prompt that fails is in the events and the log. */
  async *optimizeWorkflowStreaming(
    workflowId: string,
    options: CycleOptions = {},
  ): AsyncGenerator<PromptPatch, void, undefined> {
    const cycle = await this.#cycle(workflowId, options)
    for await (const { patch } of cycle.run()) if (patch !== undefined) yield patch
  }

  /** As `optimizeWorkflow`, with a report on every prompt. An error of one prompt is in the report; the others go on. */
  async runOptimizationCycle(
    workflowId: string,
    options: CycleOptions = {},
  ): Promise<OptimizationReport> {
    const cycle = await this.#cycle(workflowId, options)
    for await (const _ of cycle.run()) {
      // The report has them.
    }
    return cycle.report(this.#model?.statistics ?? null)
  }

  /** Rewrites one prompt of any origin; nothing is kept. @throws as `OptimizationEngine.optimize` does */
  async optimizeSinglePrompt(
    prompt: TextPrompt,
    strategy: OptimizationStrategy = 'auto',
    config: OptimizeConfig = {},
  ): Promise<OptimizationResult> {
    return await this.#engine.optimize(prompt, strategy, config)
  }

  /** The scores of a workflow. Nothing is changed or kept. */
  async analyzeWorkflow(workflowId: string): Promise<WorkflowAnalysis> {
    const prompts = await this.#promptsOf(workflowId)
    const analyses = prompts.map((prompt) => ({
      node_id: prompt.node_id,
      ...this.#analyzer.analyzePrompt(prompt),
    }))
    const sum = analyses.reduce((total, { overall_score }) => total + overall_score, 0)
    const average = analyses.length === 0 ? null : sum / analyses.length
    return {
      workflow_id: workflowId,
      prompt_count: analyses.length,
      average_score: average,
      prompts: analyses.map((analysis) => ({
        prompt_id: analysis.prompt_id,
        node_id: analysis.node_id,
        overall_score: analysis.overall_score,
        clarity_score: analysis.clarity_score,
        efficiency_score: analysis.efficiency_score,
        issues_count: analysis.issues.length,
      })),
      needs_optimization: average !== null && average < this.#rules.min_baseline_score,
    }
  }

  /** The versions of a prompt, the newest first unless `order` says otherwise. */
  async getVersionHistory(
    promptId: string,
    options?: ListOptions,
  ): Promise<readonly HistoryEntry[]> {
    const manager = await this.#versionManager()
    return (await manager.getVersionHistory(promptId, options)).map(historyEntry)
  }

  /** What the model was asked since the last reset; null without a model. */
  getLlmStats(): ModelStatistics | null {
    return this.#model?.statistics ?? null
  }

  resetLlmStats(): void {
    this.#model?.reset()
  }

  /** The scoring rules with their defaults. */
  get scoringRules(): ScoringRules {
    return this.#rules
  }

  /** Closes the storage, unless it was passed as an option. */
  async close(): Promise<void> {
    const manager = this.#manager
    this.#manager = undefined
    await manager
    await this.#close?.()
    this.#close = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #cycle(workflowId: string, options: CycleOptions): Promise<OptimizationCycle> {
    const { env, optimization, logger, onEvent } = this.#options
    const entry = this.#entryOf(workflowId)
    return new OptimizationCycle(workflowId, options, {
      path: this.#pathOf(entry),
      reader: this.#reader,
      analyzer: this.#analyzer,
      engine: this.#engine,
      hasModel: this.#model !== undefined,
      modelName: this.#model?.name ?? null,
      manager: await this.#versionManager(),
      rules: this.#rules,
      settings: { given: optimization, configured: env?.optimizer.optimization },
      logger,
      onEvent,
    })
  }

  async #promptsOf(workflowId: string): Promise<readonly TextPrompt[]> {
    const dsl = await this.#reader.loadDslFile(this.#pathOf(this.#entryOf(workflowId)))
    return this.#reader.extractFromWorkflow(dsl as never, workflowId)
  }

  #entryOf(workflowId: unknown): WorkflowEntry {
    const id = stringOption('workflowId', workflowId)
    const entry = this.#options.catalog.getWorkflow(id)
    if (entry !== undefined) return entry
    throw new WorkflowError('OPT-EXT-001', `Workflow ${id} not found`, {
      context: {
        workflow_id: id,
        known: this.#options.catalog.workflows.map((workflow) => workflow.id).slice(0, 100),
      },
    })
  }

  #pathOf(entry: WorkflowEntry): string {
    return entry.dslPathResolved(this.#options.env?.io_paths['workflow_dsl'])
  }

  async #versionManager(): Promise<VersionManager> {
    this.#manager ??= this.#openManager()
    try {
      return await this.#manager
    } catch (error) {
      // The next call tries again.
      this.#manager = undefined
      throw error
    }
  }

  async #openManager(): Promise<VersionManager> {
    const { storage, env, now } = this.#options
    const clock = now === undefined ? {} : { now }
    if (storage !== undefined) return new VersionManager({ storage, ...clock })
    const opened = await storageFromEnv(env)
    this.#close = async () => await opened.close()
    return new VersionManager({ storage: opened, ...clock })
  }
}

/** The store that a configuration names. @throws TypeError without one, and for an unknown backend */
async function storageFromEnv(
  env: EnvConfig | undefined,
): Promise<Awaited<ReturnType<typeof createStorage<PromptVersion>>>> {
  const storage = env?.optimizer.storage
  if (storage === undefined)
    throw wrongArgument('OptimizerService needs the option "storage", or "env" that names a store')
  rejectUnknown(storage, ['backend', 'config'], 'optimizer.storage')
  if (!BACKEND_NAMES.some((name) => name === storage.backend))
    throw wrongArgument(
      `Unknown storage backend: ${storage.backend}; known are ${BACKEND_NAMES.join(', ')}`,
    )
  return await createStorage<PromptVersion>(storage)
}

function historyEntry(version: PromptVersion): HistoryEntry {
  const { analysis, metadata, optimization_result, created_at } = version
  return {
    version: version.version,
    score: analysis?.overall_score ?? null,
    clarity: analysis?.clarity_score ?? null,
    efficiency: analysis?.efficiency_score ?? null,
    created_at,
    author: typeof metadata['author'] === 'string' ? metadata['author'] : null,
    is_optimized: optimization_result !== null,
  }
}

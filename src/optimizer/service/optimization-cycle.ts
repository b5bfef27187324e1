import { rejectUnknown } from '../../base/options.js'
import { codeOf, isErrorNamed, toError } from '../../base/values.js'
import type { OptimizationConfig } from '../../config/env-config.js'
import type { TextPrompt } from '../../versions/prompts/prompt.js'
import type { OptimizationStrategy, PromptAnalysis } from '../../versions/prompts/prompt-version.js'
import type { VersionManager } from '../../versions/prompts/version-manager.js'
import { signalOption } from '../llm/chat-model.js'
import { ModelError } from '../llm/model-error.js'
import type { ModelStatistics } from '../llm/metered-model.js'
import {
  checkStrategy,
  type Analyzer,
  type OptimizationEngine,
  type OptimizeConfig,
} from '../rewriting/optimization-engine.js'
import {
  reasonsToOptimize,
  type RunMetrics,
  type ScoringRules,
} from '../rewriting/scoring-rules.js'
import { bestRewriting, type BestRewriting, type RewritingLimits } from './best-rewriting.js'
import { generatePatches } from './generate-patches.js'
import { keepVersions } from './kept-versions.js'
import type {
  OptimizationEvent,
  OptimizationReport,
  OptimizedPrompt,
} from './optimization-report.js'
import { settingsFrom, type OptimizationSettings } from './optimization-settings.js'
import type { OptimizerLogger } from './service-options.js'
import { StepClock } from './step-timings.js'
import type { WorkflowReader } from './workflow-reader.js'

/** What one call of the service may say. */
export interface CycleOptions {
  /** Default `auto`. Any other is applied once, and accepted if the score does not fall, unless `optimization` says more. */
  readonly strategy?: OptimizationStrategy | undefined
  /** What counts as better in this call. */
  readonly optimization?: OptimizationSettings | undefined
  /** What runs of the workflow have shown. */
  readonly metrics?: RunMetrics | undefined
  /** Only these prompts, whatever their scores. Default: all whose scores need it. */
  readonly promptIds?: readonly string[] | undefined
  /** For requests to the model. */
  readonly request?: OptimizeConfig['request']
  readonly proposalsMax?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const NAMES = [
  'strategy',
  'optimization',
  'metrics',
  'promptIds',
  'request',
  'proposalsMax',
  'signal',
]

/** What a cycle works with. */
export interface CycleParts {
  readonly path: string
  readonly reader: WorkflowReader
  readonly analyzer: Analyzer
  readonly engine: OptimizationEngine
  readonly hasModel: boolean
  readonly modelName: string | null
  readonly manager: VersionManager
  readonly rules: ScoringRules
  readonly settings: {
    readonly given: OptimizationSettings | undefined
    readonly configured: Partial<OptimizationConfig> | undefined
  }
  readonly logger: OptimizerLogger | undefined
  readonly onEvent: ((event: OptimizationEvent) => void) | undefined
}

const NEEDS_MODEL: readonly OptimizationStrategy[] = [
  'llm_guided',
  'llm_clarity',
  'llm_efficiency',
  'hybrid',
]

/** One pass over the prompts of a workflow. */
export class OptimizationCycle {
  readonly #workflowId: string
  readonly #options: CycleOptions
  readonly #parts: CycleParts
  readonly #limits: RewritingLimits
  readonly #clock = new StepClock()
  readonly #done: OptimizedPrompt[] = []

  /** @throws TypeError or RangeError for wrong options; OPT-OPT-001; OPT-LLM-001 for a strategy without its model */
  constructor(workflowId: string, options: CycleOptions, parts: CycleParts) {
    rejectUnknown(options, NAMES, 'optimizeWorkflow')
    const { strategy = 'auto', optimization } = options
    checkStrategy(strategy)
    signalOption({ signal: options.signal }, 'optimizeWorkflow')
    // All prompts would fail for the same reason.
    if (NEEDS_MODEL.includes(strategy) && !parts.hasModel)
      throw new ModelError(
        'OPT-LLM-001',
        `The strategy ${strategy} asks a model, and the service has none: pass the option "model"`,
        { context: { strategy } },
      )
    const { given, configured } = parts.settings
    const named = strategy === 'auto' ? {} : { min_confidence: 0, min_improvement: 0 }
    const whole = { ...settingsFrom(given, configured), ...named }
    this.#limits = { ...settingsFrom(optimization, whole), strategy }
    this.#workflowId = workflowId
    this.#options = options
    this.#parts = parts
  }

  /** Yields each prompt with what became of it. @throws what reading the file throws; the signal's reason */
  async *run(): AsyncGenerator<OptimizedPrompt, void, undefined> {
    const workflow_id = this.#workflowId
    this.#parts.logger?.info({ workflow_id }, 'Starting workflow optimization')
    this.#parts.onEvent?.({ type: 'started', workflow_id })
    const all = await this.#read()
    this.#parts.onEvent?.({ type: 'extracted', workflow_id, prompt_count: all.length })
    for (const prompt of this.#chosen(all)) {
      this.#options.signal?.throwIfAborted()
      const done = await this.#optimized(prompt, all)
      this.#done.push(done)
      this.#parts.onEvent?.({ type: 'prompt', workflow_id, prompt: done })
      yield done
    }
    this.#complete()
  }

  report(llm: ModelStatistics | null): OptimizationReport {
    const patches = this.#patches()
    return {
      workflow_id: this.#workflowId,
      strategy: this.#limits.strategy,
      model: this.#parts.modelName,
      prompts: [...this.#done],
      patches,
      patches_generated: patches.length,
      timings: this.#clock.timings(),
      llm,
    }
  }

  async #read(): Promise<readonly TextPrompt[]> {
    const { reader, path } = this.#parts
    const dsl = await this.#clock.measure('load_dsl', async () => await reader.loadDslFile(path))
    return await this.#clock.measure('extract_prompts', () =>
      reader.extractFromWorkflow(dsl as never, this.#workflowId),
    )
  }

  #chosen(all: readonly TextPrompt[]): readonly TextPrompt[] {
    const { promptIds } = this.#options
    if (promptIds === undefined) return all
    const missing = promptIds.filter((id) => !all.some((prompt) => prompt.id === id))
    if (missing.length > 0)
      this.#parts.logger?.warn(
        { workflow_id: this.#workflowId, prompt_ids: missing },
        'The workflow does not have these prompts',
      )
    return all.filter(({ id }) => promptIds.includes(id))
  }

  /** @throws the signal's reason; every other error is in what it returns, and in the log */
  async #optimized(prompt: TextPrompt, all: readonly TextPrompt[]): Promise<OptimizedPrompt> {
    const named = { prompt_id: prompt.id, node_id: prompt.node_id }
    try {
      return { ...named, ...(await this.#attempt(prompt, all)) }
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      const { message } = toError(error)
      const code = codeOf(error)
      // Wrong options are the caller's mistake, and the same for every prompt.
      if (code === 'ERR_HOLDFAST_ARGUMENT' && isErrorNamed(error, 'TypeError', 'RangeError'))
        throw error
      this.#parts.logger?.error(
        { workflow_id: this.#workflowId, prompt_id: prompt.id, err: error },
        'A prompt could not be optimized',
      )
      return { ...named, status: 'failed', reason: message, error: { code, message } }
    }
  }

  async #attempt(
    prompt: TextPrompt,
    all: readonly TextPrompt[],
  ): Promise<Omit<OptimizedPrompt, 'prompt_id'>> {
    const { analyzer, rules } = this.#parts
    const { metrics, promptIds } = this.#options
    const analysis = await this.#clock.measure('analyze_prompts', () =>
      analyzer.analyzePrompt(prompt),
    )
    const reasons =
      promptIds === undefined ? reasonsToOptimize(analysis, rules, metrics) : ['it was asked for']
    if (reasons.length === 0) return { status: 'good', reason: 'its scores need nothing', analysis }
    const best = await this.#clock.measure(
      'optimize_prompts',
      async () => await this.#best(prompt, analysis),
    )
    const { result, shortfall } = best
    if (shortfall !== undefined)
      return { status: 'not_better', reason: shortfall, analysis, result }
    const versions = await this.#clock.measure(
      'save_versions',
      async () => await keepVersions(this.#parts.manager, { prompt, analysis, ...best }),
    )
    const [patch] = await this.#clock.measure('generate_patches', () =>
      generatePatches([{ prompt, text: result.optimized_prompt }], all),
    )
    return { status: 'optimized', reason: reasons.join('; '), analysis, result, versions, patch }
  }

  async #best(prompt: TextPrompt, analysis: PromptAnalysis): Promise<BestRewriting> {
    const { metrics, request, proposalsMax, signal } = this.#options
    const config = { metrics, request, proposalsMax, signal }
    return await bestRewriting(this.#parts, prompt, analysis, this.#limits, config)
  }

  #complete(): void {
    const [workflow_id, timings] = [this.#workflowId, this.#clock.timings()]
    const patches_generated = this.#patches().length
    this.#parts.logger?.info({ workflow_id, ...timings }, 'Optimization timings')
    this.#parts.logger?.info({ workflow_id, patches_generated }, 'Workflow optimization complete')
    this.#parts.onEvent?.({ type: 'complete', workflow_id, patches_generated, timings })
  }

  #patches(): OptimizationReport['patches'] {
    return this.#done.flatMap(({ patch }) => (patch === undefined ? [] : [patch]))
  }
}

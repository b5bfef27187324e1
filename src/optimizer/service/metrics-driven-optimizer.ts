import { wrongArgument } from '../../base/misuse.js'
import { integerOption, rejectUnknown, shown } from '../../base/options.js'
import { signalOption } from '../llm/chat-model.js'
import type { PromptPatch } from '../models/prompt-patch.js'
import type { PerformanceMetrics, TestResult } from '../models/test-result.js'
import { lowPerformance, type RunMetrics, type ScoringRules } from '../rewriting/scoring-rules.js'
import type { CycleOptions } from './optimization-cycle.js'
import type { OptimizationReport } from './optimization-report.js'

/** What sums results up. `DataCollector` does. */
export interface MetricsCollector {
  aggregateMetrics(results: readonly TestResult[]): PerformanceMetrics
}

/** What optimizes. `OptimizerService` does. */
export interface CycleRunner {
  readonly scoringRules: ScoringRules
  runOptimizationCycle(workflowId: string, options?: CycleOptions): Promise<OptimizationReport>
}

export interface MetricsDrivenOptions {
  readonly optimizer: CycleRunner
  readonly collector: MetricsCollector
}

export interface WatchOptions extends Omit<CycleOptions, 'metrics' | 'promptIds'> {
  /** How many results are needed before they are judged. 1 to 100000, default 20. */
  readonly resultsMin?: number | undefined
  /** How many of the latest results are judged. 1 to 100000, default 100. */
  readonly resultsMax?: number | undefined
}

/** The performance was low, and the workflow was optimized. */
export interface Intervention {
  /** What was low, one sentence each. */
  readonly reasons: readonly string[]
  readonly metrics: PerformanceMetrics
  readonly report: OptimizationReport
}

/** Optimizes what runs have shown to need it. */
export class MetricsDrivenOptimizer {
  readonly #optimizer: CycleRunner
  readonly #collector: MetricsCollector

  /** @throws TypeError for a wrong option */
  constructor(options: MetricsDrivenOptions) {
    rejectUnknown(options, ['optimizer', 'collector'], 'MetricsDrivenOptimizer')
    if (typeof options?.optimizer?.runOptimizationCycle !== 'function')
      throw wrongArgument(
        `Option "optimizer" must be an OptimizerService, got ${shown(options?.optimizer)}`,
      )
    if (typeof options.collector?.aggregateMetrics !== 'function')
      throw wrongArgument(
        `Option "collector" must be a DataCollector, got ${shown(options.collector)}`,
      )
    this.#optimizer = options.optimizer
    this.#collector = options.collector
  }

  /**
   * Optimizes the prompts that failed results name in `metadata.prompt_id`, and no others. Without such a result,
   * nothing is optimized.
   *
   * @param results of runs of the workflow; those of others are ignored
   */
  async optimizeBasedOnResults(
    workflowId: string,
    results: readonly TestResult[],
    options: Omit<CycleOptions, 'metrics' | 'promptIds'> = {},
  ): Promise<readonly PromptPatch[]> {
    const own = results.filter(({ workflow_id }) => workflow_id === workflowId)
    const promptIds = failingPrompts(own)
    if (promptIds.length === 0) return []
    const metrics = metricsOf(this.#collector.aggregateMetrics(own), own)
    const report = await this.#optimizer.runOptimizationCycle(workflowId, {
      ...options,
      metrics,
      promptIds,
    })
    return report.patches
  }

  /**
   * Follows results as they come, and optimizes the workflow when the performance is low: the rate of success, the time,
   * the cost or the timeouts of the latest results are beyond the limits of the scoring rules. Each intervention is
   * yielded, and the results before it are not judged again. Ends with the results, or with the signal.
   *
   * @param results of any workflows; those of others are ignored
   * @throws what the optimization throws; the signal's reason
   */
  async *watch(
    workflowId: string,
    results: AsyncIterable<TestResult>,
    options: WatchOptions = {},
  ): AsyncGenerator<Intervention, void, undefined> {
    const { resultsMin, resultsMax, ...cycle } = options
    const most = integerOption('resultsMax', resultsMax, { min: 1, max: 100_000, default: 100 })
    const least = integerOption('resultsMin', resultsMin, {
      min: 1,
      max: most,
      default: Math.min(20, most),
    })
    const signal = signalOption({ signal: options.signal }, 'watch')
    let latest: TestResult[] = []
    for await (const result of results) {
      signal?.throwIfAborted()
      if (result.workflow_id !== workflowId) continue
      latest = [...latest, result].slice(-most)
      if (latest.length < least) continue
      const metrics = this.#collector.aggregateMetrics(latest)
      const known = metricsOf(metrics, latest)
      const reasons = lowPerformance(known, this.#optimizer.scoringRules)
      if (reasons.length === 0) continue
      latest = []
      const report = await this.#optimizer.runOptimizationCycle(workflowId, {
        ...cycle,
        metrics: known,
      })
      yield { reasons, metrics, report }
    }
  }
}

/** The prompts that failed results name, each once, in order. */
function failingPrompts(results: readonly TestResult[]): readonly string[] {
  const named = results
    .filter(({ status }) => status === 'failed')
    .map(({ metadata }) => metadata['prompt_id'])
  return [...new Set(named.filter((id): id is string => typeof id === 'string'))]
}

function metricsOf(metrics: PerformanceMetrics, results: readonly TestResult[]): RunMetrics {
  const timeouts = results.filter(({ status }) => status === 'timeout').length
  const { success_rate, avg_execution_time, avg_cost } = metrics
  const timeout_rate = results.length === 0 ? 0 : timeouts / results.length
  return { success_rate, avg_execution_time, avg_cost, timeout_rate }
}

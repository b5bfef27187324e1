import { documentTime } from '../../base/clock.js'
import { stringOption } from '../../base/options.js'
import {
  checkTestExecutionReport,
  checkTestResult,
  type PerformanceMetrics,
  type TestExecutionReport,
  type TestResult,
} from '../models/test-result.js'
import { aggregateMetrics, isExecution } from './aggregate-metrics.js'
import { errorDistribution } from './error-distribution.js'
import { resultsAsCsv, resultsAsJson } from './export-results.js'

const SECOND_MS = 1000
/** The group of results of the workflow as it is, and of results without a data set. */
const BASELINE = 'baseline'
const NONE = 'none'

/** Which results are meant: those that agree with all that is given. */
export interface ResultFilter {
  readonly workflow_id?: string | undefined
  /** `null`: the workflow as it is. */
  readonly prompt_variant?: string | null | undefined
  readonly dataset?: string | undefined
}

/** Collects results, and says what they have in common. */
export class DataCollector {
  readonly #results: TestResult[] = []

  /** Adds a result. @throws TypeError for a missing id, a negative number, or another wrong field */
  collectResult(result: TestResult): void {
    this.#results.push(checkTestResult(result))
  }

  /** All results, or those of the filter, in the order of their collection. */
  results(filter: ResultFilter = {}): readonly TestResult[] {
    const { workflow_id: workflow, prompt_variant: variant, dataset } = filter
    return this.#results.filter(
      (result) =>
        (workflow === undefined || result.workflow_id === workflow) &&
        (variant === undefined || (result.prompt_variant ?? null) === variant) &&
        (dataset === undefined || result.dataset === dataset),
    )
  }

  /** The metrics of the collected results. */
  getStatistics(filter: ResultFilter = {}): PerformanceMetrics {
    return aggregateMetrics(this.results(filter))
  }

  /** The metrics of any results. */
  aggregateMetrics(results: readonly TestResult[]): PerformanceMetrics {
    return aggregateMetrics(results)
  }

  byWorkflow(): ReadonlyMap<string, PerformanceMetrics> {
    return this.#grouped(({ workflow_id: workflow }) => workflow)
  }

  /** `baseline` is the workflow as it is. */
  byVariant(): ReadonlyMap<string, PerformanceMetrics> {
    return this.#grouped(({ prompt_variant: variant }) => variant ?? BASELINE)
  }

  /** `none` are the results without a data set. */
  byDataset(): ReadonlyMap<string, PerformanceMetrics> {
    return this.#grouped(({ dataset }) => dataset ?? NONE)
  }

  /**
   * The report of one run of a workflow. Results of cases that the caller ended are not part of it.
   * @throws TypeError if no result of that workflow was collected
   */
  report(workflowId: string, runId: string): TestExecutionReport {
    stringOption('workflowId', workflowId)
    const results = this.results({ workflow_id: workflowId }).filter(isExecution)
    const metrics = aggregateMetrics(results)
    return checkTestExecutionReport({
      workflow_id: workflowId,
      run_id: stringOption('runId', runId),
      total_tests: metrics.total_executions,
      successful_tests: metrics.success_count,
      failed_tests: metrics.failed_count,
      success_rate: metrics.success_rate,
      avg_response_time_ms: metrics.avg_execution_time * SECOND_MS,
      p95_response_time_ms: metrics.p95_execution_time * SECOND_MS,
      p99_response_time_ms: metrics.p99_execution_time * SECOND_MS,
      total_tokens: metrics.total_tokens,
      avg_tokens_per_request: metrics.avg_tokens,
      total_cost: metrics.total_cost,
      cost_per_request: metrics.avg_cost,
      error_distribution: errorDistribution(results),
      executed_at: documentTime().toISOString(),
    })
  }

  toCsv(filter: ResultFilter = {}): string {
    return resultsAsCsv(this.results(filter))
  }

  toJson(filter: ResultFilter = {}): string {
    return resultsAsJson(this.results(filter))
  }

  #grouped(nameOf: (result: TestResult) => string): ReadonlyMap<string, PerformanceMetrics> {
    const names = new Set(this.#results.map(nameOf))
    const of = (name: string) => this.#results.filter((result) => nameOf(result) === name)
    return new Map([...names].map((name) => [name, aggregateMetrics(of(name))]))
  }
}

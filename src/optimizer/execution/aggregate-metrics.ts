import type { PerformanceMetrics, TestResult } from '../models/test-result.js'
import { mean, quantile, sum } from './statistics.js'

/**
 * What results have in common. Cases that are not over, and those that the caller ended, are not executions. Scores are
 * averaged over the results that have one: an error is not a score of 0.
 */
export function aggregateMetrics(results: readonly TestResult[]): PerformanceMetrics {
  const executed = results.filter(isExecution)
  const successes = executed.filter(({ status }) => status === 'succeeded').length
  const times = executed.map((result) => result.execution_time)
  const tokens = sum(executed.map((result) => result.tokens_used))
  const cost = sum(executed.map((result) => result.cost))
  const scores = executed.flatMap(({ score }) => (score === undefined ? [] : [score]))
  const total = executed.length
  return {
    total_executions: total,
    success_count: successes,
    failed_count: total - successes,
    success_rate: total === 0 ? 0 : successes / total,
    avg_execution_time: mean(times),
    p50_execution_time: quantile(times, 0.5),
    p95_execution_time: quantile(times, 0.95),
    p99_execution_time: quantile(times, 0.99),
    total_tokens: tokens,
    avg_tokens: total === 0 ? 0 : tokens / total,
    total_cost: cost,
    avg_cost: total === 0 ? 0 : cost / total,
    avg_score: scores.length === 0 ? null : mean(scores),
  }
}

/** Whether a result is that of a run that ended, well or not. */
export function isExecution({ status }: TestResult): boolean {
  return ['succeeded', 'failed', 'timeout', 'error'].includes(status)
}

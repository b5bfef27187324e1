import { expect, it } from 'vitest'
import {
  aggregateMetrics,
  isExecution,
} from '../../../../src/optimizer/execution/aggregate-metrics.js'
import { resultWith } from './results.js'

it('sums up executions, and averages the scores of those that have one', () => {
  const metrics = aggregateMetrics([
    resultWith({ score: 1, execution_time: 1, tokens_used: 100, cost: 0.1 }),
    resultWith({ score: 0.5, execution_time: 3, tokens_used: 50, cost: 0.2 }),
    resultWith({ status: 'error', execution_time: 2 }),
    resultWith({ status: 'failed', score: 0, execution_time: 2 }),
    resultWith({ status: 'cancelled', execution_time: 99, tokens_used: 5 }),
    resultWith({ status: 'running', execution_time: 99 }),
  ])
  expect(metrics).toEqual({
    total_executions: 4,
    success_count: 2,
    failed_count: 2,
    success_rate: 0.5,
    avg_execution_time: 2,
    p50_execution_time: 2,
    p95_execution_time: expect.closeTo(2.85, 10),
    p99_execution_time: expect.closeTo(2.97, 10),
    total_tokens: 150,
    avg_tokens: 37.5,
    total_cost: expect.closeTo(0.3, 12),
    avg_cost: expect.closeTo(0.075, 12),
    avg_score: 0.5,
  })
})

it('of nothing are zeros, without a score', () => {
  expect(aggregateMetrics([])).toMatchObject({
    total_executions: 0,
    success_rate: 0,
    avg_score: null,
  })
  expect(isExecution(resultWith({ status: 'timeout' }))).toBe(true)
})

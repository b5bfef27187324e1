import { expect, it } from 'vitest'
import { DataCollector } from '../../../../src/optimizer/execution/data-collector.js'
import { resultWith } from './results.js'

function collector(): DataCollector {
  const made = new DataCollector()
  made.collectResult(resultWith({ dataset: 'd1', score: 1, execution_time: 0.5 }))
  made.collectResult(resultWith({ dataset: 'd2', score: 0, status: 'failed', execution_time: 1.5 }))
  made.collectResult(resultWith({ prompt_variant: 'v1', dataset: 'd1', score: 1 }))
  made.collectResult(resultWith({ workflow_id: 'other', score: 0.5 }))
  return made
}

it('groups results by workflow, variant and data set', () => {
  const made = collector()
  const counts = (groups: ReadonlyMap<string, { readonly total_executions: number }>) =>
    Object.fromEntries([...groups].map(([name, { total_executions: total }]) => [name, total]))
  expect(counts(made.byWorkflow())).toEqual({ w: 3, other: 1 })
  expect(counts(made.byVariant())).toEqual({ baseline: 3, v1: 1 })
  expect(counts(made.byDataset())).toEqual({ d1: 2, d2: 1, none: 1 })
  expect(made.getStatistics({ workflow_id: 'w', prompt_variant: null }).avg_score).toBe(0.5)
  expect(made.aggregateMetrics(made.results({ dataset: 'd1' })).success_rate).toBe(1)
})

it('refuses results without an id and with negative numbers', () => {
  const made = new DataCollector()
  for (const wrong of [
    { case_id: '' },
    { execution_time: -1 },
    { score: 2 },
    { status: 'done' as never },
  ])
    expect(() => made.collectResult({ ...resultWith({}), ...wrong })).toThrow(TypeError)
  expect(made.results()).toEqual([])
})

it('reports one run of a workflow', () => {
  expect(collector().report('w', 'run-1')).toMatchObject({
    workflow_id: 'w',
    run_id: 'run-1',
    total_tests: 3,
    successful_tests: 2,
    success_rate: 2 / 3,
    avg_response_time_ms: 1000,
    error_distribution: { api_errors: 1, total_errors: 1 },
  })
  expect(() => collector().report('unknown', 'run-1')).toThrow(/total_tests/)
})

it('exports what it collected', () => {
  const made = collector()
  expect(made.toCsv({ workflow_id: 'other' }).trim().split('\r\n')).toHaveLength(2)
  expect(JSON.parse(made.toJson())).toHaveLength(4)
})

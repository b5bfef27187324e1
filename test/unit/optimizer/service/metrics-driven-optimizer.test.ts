import { describe, expect, it } from 'vitest'
import { InMemoryStorage } from '../../../../src/index.js'
import { DataCollector } from '../../../../src/optimizer/execution/data-collector.js'
import type { TestResult } from '../../../../src/optimizer/models/test-result.js'
import {
  MetricsDrivenOptimizer,
  type Intervention,
} from '../../../../src/optimizer/service/metrics-driven-optimizer.js'
import { OptimizerService } from '../../../../src/optimizer/service/optimizer-service.js'
import { madeCatalog, WEAK } from './catalogs.js'

describe('an optimizer that is driven by metrics', () => {
  it('optimizes the prompts that failed results name, and no others', async () => {
    const { optimizer, ids } = await optimizerOf(WEAK, WEAK)
    const results = [
      result('failed', { prompt_id: ids[1] }),
      result('failed', { prompt_id: ids[1] }),
      result('failed', {}),
      result('succeeded', { prompt_id: ids[0] }),
      { ...result('failed', { prompt_id: ids[0] }), workflow_id: 'other' },
    ]
    const patches = await optimizer.optimizeBasedOnResults('wf', results)
    expect(patches.map(({ selector }) => selector.by_id)).toEqual(['1001'])
    expect(await optimizer.optimizeBasedOnResults('wf', [result('failed', {})])).toEqual([])
  })

  it('OP-16: optimizes by itself when the performance is low, and judges old results once', async () => {
    const { optimizer } = await optimizerOf(WEAK)
    const seen: string[] = []
    async function* results(): AsyncGenerator<TestResult> {
      const statuses = [
        'succeeded',
        'succeeded',
        'succeeded',
        'succeeded',
        'failed',
        'timeout',
        'failed',
        'failed',
      ] as const
      for (const status of statuses) {
        seen.push(status)
        yield result(status, {})
        yield { ...result('failed', {}), workflow_id: 'other' }
      }
    }
    const interventions: (readonly [Intervention, number])[] = []
    const options = { resultsMin: 4, resultsMax: 6 }
    for await (const intervention of optimizer.watch('wf', results(), options))
      interventions.push([intervention, seen.length])
    expect(interventions).toHaveLength(1)
    const [[intervention, after] = []] = interventions
    // Four of five succeed: that is just enough. Four of six are too few, and two are left.
    expect(after).toBe(6)
    expect(intervention).toMatchObject({
      reasons: ['too few runs of the workflow succeed', 'too many runs of the workflow time out'],
      metrics: { total_executions: 6 },
      report: { patches_generated: 1 },
    })
  })

  it('stops watching when it is aborted', async () => {
    const { optimizer } = await optimizerOf(WEAK)
    async function* results(): AsyncGenerator<TestResult> {
      yield result('failed', {})
    }
    const signal = AbortSignal.abort(new Error('stop'))
    await expect(optimizer.watch('wf', results(), { signal }).next()).rejects.toThrow('stop')
  })

  it('needs an optimizer and a collector', async () => {
    const { service } = await optimizerOf(WEAK)
    expect(
      () => new MetricsDrivenOptimizer({ optimizer: {}, collector: new DataCollector() } as never),
    ).toThrow('"optimizer"')
    expect(
      () => new MetricsDrivenOptimizer({ optimizer: service, collector: {} } as never),
    ).toThrow('"collector"')
  })
})

async function optimizerOf(...texts: readonly string[]): Promise<{
  readonly optimizer: MetricsDrivenOptimizer
  readonly service: OptimizerService
  readonly ids: readonly [string, string]
}> {
  const service = new OptimizerService({
    catalog: await madeCatalog(...texts),
    storage: new InMemoryStorage(),
  })
  const { prompts } = await service.analyzeWorkflow('wf')
  return {
    service,
    optimizer: new MetricsDrivenOptimizer({ optimizer: service, collector: new DataCollector() }),
    ids: [prompts[0]?.prompt_id ?? '', prompts[1]?.prompt_id ?? ''],
  }
}

function result(status: TestResult['status'], metadata: TestResult['metadata']): TestResult {
  return {
    workflow_id: 'wf',
    execution_id: 'e',
    case_id: 'c',
    status,
    execution_time: 1,
    tokens_used: 10,
    cost: 0,
    inputs: {},
    outputs: {},
    metadata,
    executed_at: '2026-01-02T03:04:05.000Z',
  }
}

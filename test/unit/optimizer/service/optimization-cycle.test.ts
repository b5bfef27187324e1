import { describe, expect, it } from 'vitest'
import { InMemoryStorage } from '../../../../src/index.js'
import { OptimizerService } from '../../../../src/optimizer/service/optimizer-service.js'
import { madeCatalog, WEAK } from './catalogs.js'

const LONG =
  'Summarize the text {{#1713262060182.text#}} for the user. You should really read the whole text, and you should actually compare it with the notes in order to help. Name the result, the reason and the next step, and write for a reader who has basically not seen the text.'

describe('one pass over the prompts of a workflow', () => {
  it('takes a named strategy once, and accepts it if the score does not fall', async () => {
    const service = await serviceFor(LONG)
    const [prompt] = (await service.runOptimizationCycle('wf', { strategy: 'efficiency_focus' }))
      .prompts
    expect(prompt).toMatchObject({ status: 'optimized', result: { strategy: 'efficiency_focus' } })
    expect(Number(prompt?.result?.improvement_score)).toBeLessThan(5)
    const strict = { strategy: 'efficiency_focus', optimization: { min_improvement: 90 } } as const
    const [refused] = (await service.runOptimizationCycle('wf', strict)).prompts
    expect(refused).toMatchObject({
      status: 'not_better',
      reason: expect.stringContaining('less than 90'),
    })
  })

  it('takes the prompts that are asked for, whatever their scores, and names those that are missing', async () => {
    const warnings: object[] = []
    const logger = {
      info: () => undefined,
      error: () => undefined,
      warn: (fields: object) => void warnings.push(fields),
    }
    const catalog = await madeCatalog(WEAK, WEAK)
    const optimization = { min_baseline_score: 0 }
    const service = new OptimizerService({
      catalog,
      storage: new InMemoryStorage(),
      optimization,
      logger,
    })
    const ids = (await service.analyzeWorkflow('wf')).prompts.map(({ prompt_id }) => prompt_id)
    const promptIds = [ids[1] ?? '', 'gone']
    const report = await service.runOptimizationCycle('wf', { promptIds })
    expect(report.prompts).toMatchObject([{ prompt_id: ids[1], status: 'optimized' }])
    expect(warnings).toEqual([{ workflow_id: 'wf', prompt_ids: ['gone'] }])
    const all = await service.runOptimizationCycle('wf')
    expect(all.prompts.map(({ status }) => status)).toEqual(['good', 'good'])
  })

  it('lets what runs have shown decide, whatever the scores', async () => {
    const service = await serviceFor(WEAK, { min_baseline_score: 0 })
    const metrics = { success_rate: 0.2, avg_execution_time: 1 }
    const [prompt] = (await service.runOptimizationCycle('wf', { metrics })).prompts
    expect(prompt?.reason).toBe('too few runs of the workflow succeed')
    expect(await service.optimizeWithMetrics('wf', metrics)).toHaveLength(1)
    expect(await service.optimizeWithMetrics('wf')).toHaveLength(0)
  })
})

async function serviceFor(text: string, optimization: object = {}): Promise<OptimizerService> {
  const catalog = await madeCatalog(text)
  return new OptimizerService({ catalog, storage: new InMemoryStorage(), optimization })
}

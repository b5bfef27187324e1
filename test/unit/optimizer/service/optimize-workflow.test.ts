import { describe, expect, it } from 'vitest'
import { InMemoryStorage } from '../../../../src/index.js'
import {
  analyzeWorkflow,
  optimizeWorkflow,
  optimizeWorkflowStreaming,
} from '../../../../src/optimizer/service/optimize-workflow.js'
import { OptimizerService } from '../../../../src/optimizer/service/optimizer-service.js'
import { madeCatalog, WEAK } from './catalogs.js'

describe('C31: the functions and their names', () => {
  it('return the patches that the service returns', async () => {
    const catalog = await madeCatalog(WEAK, WEAK)
    const storage = new InMemoryStorage()
    const service = new OptimizerService({ catalog, storage })
    const patches = await service.optimizeWorkflow('wf')
    expect(patches).toHaveLength(2)
    expect(await optimizeWorkflow('wf', catalog, 'auto', { storage })).toEqual(patches)
    // The first implementation's name of the same.
    expect((await service.runOptimizationCycle('wf')).patches).toEqual(patches)
    expect(await analyzeWorkflow('wf', catalog)).toEqual(await service.analyzeWorkflow('wf'))
  })

  it('yield each patch as soon as its versions are kept', async () => {
    const catalog = await madeCatalog(WEAK, WEAK, WEAK)
    const storage = new InMemoryStorage()
    const kept: number[] = []
    for await (const patch of optimizeWorkflowStreaming('wf', catalog, 'auto', { storage })) {
      expect(patch.selector.by_id).toBe(`100${kept.length}`)
      kept.push((await storage.listPromptIds()).length)
      if (kept.length === 2) break
    }
    // The third prompt was never touched.
    expect(kept).toEqual([1, 2])
    expect(await storage.listPromptIds()).toHaveLength(2)
  })

  it('refuse what the service refuses', async () => {
    const catalog = await madeCatalog(WEAK)
    const storage = new InMemoryStorage()
    await expect(optimizeWorkflow('other', catalog, 'auto', { storage })).rejects.toMatchObject({
      code: 'OPT-EXT-001',
    })
    await expect(
      optimizeWorkflowStreaming('wf', catalog, 'llm_guided', { storage }).next(),
    ).rejects.toMatchObject({
      code: 'OPT-LLM-001',
    })
  })
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { FileSystemStorage, InMemoryStorage } from '../../../../src/index.js'
import { resolveConfig } from '../../../../src/config/resolve-config.js'
import type { EnvConfig } from '../../../../src/config/env-config.js'
import { OpenAiChatModel } from '../../../../src/optimizer/llm/open-ai-model.js'
import { promptPatchSchema } from '../../../../src/optimizer/models/prompt-patch.js'
import type { OptimizationEvent } from '../../../../src/optimizer/service/optimization-report.js'
import { OptimizerService } from '../../../../src/optimizer/service/optimizer-service.js'
import { STEPS } from '../../../../src/optimizer/service/step-timings.js'
import { startHostileModel, type HostileModel } from '../../../support/hostile-model.js'
import { tempDirectory } from '../../../support/temp.js'
import { WORKFLOW_FILES } from '../workflow-files.js'
import { madeCatalog, realCatalog, WEAK } from './catalogs.js'

const GOOD = `# Task

Summarize the report {{#1713262060182.text#}} in three sentences. Write each sentence for a reader who has not seen the report.

## Rules

1. First, name the result.
2. Then explain the reason with 2 numbers from the report.
3. Finally, list the next step, for example a meeting.`

let server: HostileModel

beforeAll(async () => {
  server = await startHostileModel()
})

describe('the service', () => {
  it('optimizes each real workflow, keeps versions, and returns patches that fit', async () => {
    const storage = new InMemoryStorage()
    const catalog = realCatalog(...WORKFLOW_FILES)
    const service = new OptimizerService({ catalog, storage })
    let patches = 0
    for (const { id } of catalog.workflows) {
      const report = await service.runOptimizationCycle(id)
      expect(report.prompts.filter(({ status }) => status === 'failed')).toEqual([])
      for (const { patch, versions, prompt_id, result } of report.prompts) {
        if (patch === undefined) continue
        patches++
        expect(promptPatchSchema.parse(patch)).toEqual(patch)
        const version = await storage.getVersion(prompt_id, versions?.optimized ?? '')
        expect(version?.parent_version).toBe(versions?.baseline)
        expect(version?.prompt.text).toBe(patch.strategy.content)
        expect(result?.improvement_score).toBeGreaterThanOrEqual(5)
      }
    }
    expect(patches).toBeGreaterThan(0)
  })

  it('optimizes what has a low score, and nothing else', async () => {
    const catalog = await madeCatalog(WEAK, GOOD)
    const service = new OptimizerService({ catalog, storage: new InMemoryStorage() })
    const report = await service.runOptimizationCycle('wf')
    expect(report.prompts.map(({ status }) => status)).toEqual(['optimized', 'good'])
    expect(report).toMatchObject({ workflow_id: 'wf', strategy: 'auto', model: null, llm: null })
    expect(report.patches).toEqual([
      {
        selector: { by_id: '1000' },
        strategy: { mode: 'replace', content: report.prompts[0]?.result?.optimized_prompt },
      },
    ])
    expect(await service.optimizeWorkflow('wf')).toEqual(report.patches)
  })

  it('reports and logs each step by its name, and the beginning and the end', async () => {
    const lines: (readonly [fields: object, message: string])[] = []
    const log = (fields: object, message: string): void => void lines.push([fields, message])
    const events: OptimizationEvent[] = []
    const service = new OptimizerService({
      catalog: await madeCatalog(WEAK),
      storage: new InMemoryStorage(),
      logger: { info: log, warn: log, error: log },
      onEvent: (event) => void events.push(event),
    })
    const { timings, patches_generated } = await service.runOptimizationCycle('wf')
    const names = [...STEPS, 'total']
    expect(STEPS).toEqual([
      'load_dsl',
      'extract_prompts',
      'analyze_prompts',
      'optimize_prompts',
      'save_versions',
      'generate_patches',
    ])
    expect(Object.keys(timings)).toEqual(names)
    expect(STEPS.reduce((sum, step) => sum + timings[step], 0)).toBeCloseTo(timings.total)
    expect(patches_generated).toBe(1)
    expect(lines).toEqual([
      [{ workflow_id: 'wf' }, 'Starting workflow optimization'],
      [{ workflow_id: 'wf', ...timings }, 'Optimization timings'],
      [{ workflow_id: 'wf', patches_generated: 1 }, 'Workflow optimization complete'],
    ])
    expect(events.map(({ type }) => type)).toEqual(['started', 'extracted', 'prompt', 'complete'])
    expect(events.at(-1)).toEqual({
      type: 'complete',
      workflow_id: 'wf',
      patches_generated: 1,
      timings,
    })
  })

  it('goes on when one prompt fails, and says which', async () => {
    const model = new OpenAiChatModel({
      baseUrl: server.baseUrl,
      model: 'improve',
      timeoutMs: 5000,
    })
    const faulty = {
      name: 'improve',
      complete: async (request: Parameters<typeof model.complete>[0]) =>
        JSON.stringify(request).includes('faulty')
          ? await new OpenAiChatModel({ baseUrl: server.baseUrl, model: 'length' }).complete({
              ...request,
              model: 'length',
            })
          : await model.complete(request),
    }
    const errors: string[] = []
    const logger = {
      info: () => undefined,
      warn: () => undefined,
      error: (fields: object, message: string) =>
        void errors.push(`${message} ${JSON.stringify(fields)}`),
    }
    const catalog = await madeCatalog(`${WEAK} It is faulty.`, WEAK)
    const storage = new InMemoryStorage()
    const service = new OptimizerService({ catalog, storage, model: faulty, logger })
    const report = await service.runOptimizationCycle('wf', { strategy: 'llm_guided' })
    expect(report.prompts).toMatchObject([
      { status: 'failed', error: { code: 'OPT-LLM-008' } },
      { status: 'optimized', result: { strategy: 'llm_guided' } },
    ])
    expect(report.patches).toHaveLength(1)
    expect(errors).toHaveLength(1)
    expect(service.getLlmStats()).toMatchObject({ calls: 1, failures: 1, prompt_tokens: 12 })
    service.resetLlmStats()
    expect(service.getLlmStats()).toMatchObject({ calls: 0, failures: 0 })
  })

  it('fails if every prompt does, with the reason of each', async () => {
    const model = new OpenAiChatModel({ baseUrl: server.baseUrl, model: 'length' })
    const catalog = await madeCatalog(WEAK, WEAK)
    const service = new OptimizerService({ catalog, storage: new InMemoryStorage(), model })
    await expect(service.optimizeWorkflow('wf', { strategy: 'hybrid' })).rejects.toMatchObject({
      code: 'OPT-SVC-001',
      context: { failures: [{ code: 'OPT-LLM-008' }, { code: 'OPT-LLM-008' }] },
    })
  })

  it('refuses what it cannot do before it begins', async () => {
    const catalog = await madeCatalog(WEAK)
    const service = new OptimizerService({ catalog, storage: new InMemoryStorage() })
    await expect(service.optimizeWorkflow('other')).rejects.toMatchObject({
      code: 'OPT-EXT-001',
      message: 'Workflow other not found',
      context: { known: ['wf'] },
    })
    await expect(service.optimizeWorkflow('wf', { strategy: 'llm_guided' })).rejects.toMatchObject({
      code: 'OPT-LLM-001',
    })
    await expect(
      service.optimizeWorkflow('wf', { strategy: 'magic' as never }),
    ).rejects.toMatchObject({
      code: 'OPT-OPT-001',
    })
    await expect(service.optimizeWorkflow('wf', { retries: 1 } as never)).rejects.toThrow(
      'Unknown option "retries"',
    )
    await expect(service.optimizeWorkflow(5 as never)).rejects.toThrow('"workflowId"')
  })

  it('can be aborted between two prompts', async () => {
    const controller = new AbortController()
    const service = new OptimizerService({
      catalog: await madeCatalog(WEAK, WEAK),
      storage: new InMemoryStorage(),
      onEvent: ({ type }) => {
        if (type === 'prompt') controller.abort(new Error('stop'))
      },
    })
    const { signal } = controller
    await expect(service.optimizeWorkflow('wf', { signal })).rejects.toThrow('stop')
  })

  it('rewrites and scores without keeping anything', async () => {
    const catalog = await madeCatalog(WEAK, GOOD)
    const service = new OptimizerService({ catalog })
    const prompt = { id: 'p', text: WEAK, role: 'system', variables: [], context: {} }
    const result = await service.optimizeSinglePrompt(prompt, 'efficiency_focus')
    expect(result.optimized_prompt).not.toContain('in order to')
    const analysis = await service.analyzeWorkflow('wf')
    expect(analysis).toMatchObject({ workflow_id: 'wf', prompt_count: 2 })
    const [weak, good] = analysis.prompts
    expect(weak?.overall_score).toBeLessThan(good?.overall_score ?? 0)
    expect(analysis.average_score).toBeCloseTo(
      (Number(weak?.overall_score) + Number(good?.overall_score)) / 2,
    )
    expect(analysis.needs_optimization).toBe(Number(analysis.average_score) < 80)
  })

  it('has the history of a prompt in short', async () => {
    const storage = new InMemoryStorage()
    const service = new OptimizerService({ catalog: await madeCatalog(WEAK), storage })
    const [prompt] = (await service.runOptimizationCycle('wf')).prompts
    const history = await service.getVersionHistory(prompt?.prompt_id ?? '')
    expect(history).toMatchObject([
      {
        author: 'optimizer',
        is_optimized: true,
        score: prompt?.result?.metadata['optimized_score'],
      },
      {
        author: 'baseline',
        is_optimized: false,
        version: '1.0.0',
        score: prompt?.analysis?.overall_score,
      },
    ])
  })
})

describe('the storage of the service', () => {
  it('is that of the configuration, and is closed with the service', async () => {
    const directory = join(await tempDirectory(), 'versions')
    const env = await envOf({ backend: 'filesystem', config: { storage_dir: directory } })
    const catalog = await madeCatalog(WEAK)
    {
      await using service = new OptimizerService({ catalog, env })
      expect(await service.optimizeWorkflow('wf')).toHaveLength(1)
    }
    await using storage = await FileSystemStorage.open({ storageDir: directory })
    const [id = ''] = await storage.listPromptIds()
    expect(await storage.listVersions(id)).toHaveLength(2)
  })

  it('is the injected one, which wins over the configuration and stays open', async () => {
    const storage = new InMemoryStorage()
    const env = await envOf({ backend: 'memory' })
    const service = new OptimizerService({ catalog: await madeCatalog(WEAK), env, storage })
    await service.optimizeWorkflow('wf')
    await service.close()
    expect(await storage.listPromptIds()).toHaveLength(1)
  })

  it('is refused if its backend is unknown, or none is named', async () => {
    const catalog = await madeCatalog(WEAK)
    const env = { ...(await envOf({})), optimizer: { storage: { backend: 'tape', config: {} } } }
    const unknown = new OptimizerService({ catalog, env: env as unknown as EnvConfig })
    await expect(unknown.optimizeWorkflow('wf')).rejects.toThrow('Unknown storage backend: tape')
    await expect(new OptimizerService({ catalog }).optimizeWorkflow('wf')).rejects.toThrow(
      'needs the option "storage"',
    )
  })
})

describe('the settings of the service', () => {
  it('are those of the configuration, of the options, and of the call', async () => {
    const storage = new InMemoryStorage()
    const catalog = await madeCatalog(WEAK)
    const env = await envOf({ backend: 'memory' }, { min_baseline_score: 1 })
    const lenient = new OptimizerService({ catalog, storage, env })
    expect((await lenient.runOptimizationCycle('wf')).prompts[0]?.status).toBe('good')
    const strict = new OptimizerService({
      catalog,
      storage,
      env,
      optimization: { min_baseline_score: 99 },
    })
    const options = { optimization: { min_improvement: 99 } }
    expect((await strict.runOptimizationCycle('wf', options)).prompts[0]?.status).toBe('not_better')
    expect((await strict.runOptimizationCycle('wf')).prompts[0]?.status).toBe('optimized')
  })

  it('are refused where they do not fit', async () => {
    const catalog = await madeCatalog(WEAK)
    expect(() => new OptimizerService({ catalog, optimization: { min_confidence: 5 } })).toThrow(
      '"min_confidence"',
    )
    expect(() => new OptimizerService({ catalog: {} as never })).toThrow('Option "catalog"')
  })
})

async function envOf(storage: object, optimization: object = {}): Promise<EnvConfig> {
  const file = join(await tempDirectory(), 'env.json')
  await writeFile(file, JSON.stringify({ optimizer: { storage, optimization } }))
  return (await resolveConfig({ file, environment: {} })).config
}

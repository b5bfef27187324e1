import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InMemoryStorage } from '../../../../src/index.js'
import {
  RunManifestBuilder,
  type DslPatcher,
} from '../../../../src/optimizer/execution/run-manifest-builder.js'
import { checkTestPlan } from '../../../../src/optimizer/models/test-plan.js'
import { importWorkflows } from '../../../../src/optimizer/identity/import-workflows.js'
import { PromptPatchEngine } from '../../../../src/optimizer/patching/prompt-patch-engine.js'
import { OptimizerService } from '../../../../src/optimizer/service/optimizer-service.js'
import { WorkflowCatalog } from '../../../../src/optimizer/models/workflow-catalog.js'

const EXAMPLES = join(import.meta.dirname, '../../../../examples/dify')
const CATALOG = new WorkflowCatalog({
  workflows: [
    { id: 'translate', dsl_path: 'translation_workflow.yml', version: '2' },
    { id: 'slug', dsl_path: 'SEO Slug Generator.yml' },
  ],
})
const ENV = { io_paths: { workflow_dsl: EXAMPLES } }
const nodes = [{ selector: { by_type: 'llm' }, strategy: { mode: 'append', content: '!' } }]
const CASES = Array.from({ length: 4 }, (_, at) => ({ inputs: { at } }))

const planOf = (variants: readonly object[]) =>
  checkTestPlan({
    workflows: [
      { catalog_id: 'translate', prompt_optimization: variants },
      { catalog_id: 'slug', enabled: false },
    ],
    test_data: { datasets: [{ name: 'd', cases: CASES }] },
    execution: { rate_control: { per_minute: 30 } },
  })

/** Marks the file, or fails for a variant without effect. */
const patchEngine: DslPatcher = {
  applyPatches: async (file, [patch]) => {
    const content = patch?.strategy.content
    if (content === 'fails') throw new Error('no such node')
    return await Promise.resolve({ dsl: `# ${content}\n${Buffer.from(file.bytes).toString()}` })
  },
}

describe('the manifests of a plan', () => {
  it('are the workflow as it is, and each variant with its patches', async () => {
    const plan = planOf([
      { variant_id: 'v1', nodes },
      { variant_id: 'v2', nodes: [] },
    ])
    const builder = new RunManifestBuilder({
      catalog: CATALOG,
      plan,
      env: ENV,
      patchEngine,
      evaluator: { type: 'exact' },
    })
    const manifests = await builder.buildAll()
    expect(manifests.map(({ variant_id: id }) => id)).toEqual([null, 'v1', 'v2'])
    const [baseline, patched, unchanged] = manifests
    expect(patched?.dsl).toBe(`# !\n${baseline?.dsl}`)
    expect(unchanged?.dsl).toBe(baseline?.dsl)
    expect(baseline).toMatchObject({
      workflow_id: 'translate',
      workflow_version: '2',
      rate_limits: { per_minute: 30, burst: 5 },
      evaluator: { type: 'exact' },
    })
    for (const { cases } of manifests) expect(cases).toHaveLength(4)
  })

  it('give a variant the share of the cases that its weight says', async () => {
    const weighted = [1, 0.5, 0.01, 0].map((weight, at) => ({
      variant_id: `v${at}`,
      weight,
      nodes: [],
    }))
    const manifests = await new RunManifestBuilder({
      catalog: CATALOG,
      plan: planOf(weighted),
      env: ENV,
    }).buildAll()
    expect(manifests.map(({ variant_id: id, cases }) => [id, cases.length])).toEqual([
      [null, 4],
      ['v0', 4],
      ['v1', 2],
      ['v2', 1],
    ])
  })

  it('have the patches of the fallback where those of a variant fail', async () => {
    const failing = { selector: { by_id: 'x' }, strategy: { mode: 'replace', content: 'fails' } }
    const variants = [
      { variant_id: 'v1', nodes: [failing], fallback_variant: 'v2' },
      { variant_id: 'v2', nodes, fallback_variant: 'v1' },
    ]
    const manifests = await new RunManifestBuilder({
      catalog: CATALOG,
      plan: planOf(variants),
      env: ENV,
      patchEngine,
    }).buildAll()
    expect(manifests.map(({ dsl }) => dsl.startsWith('# !'))).toEqual([false, true, true])
    const alone = planOf([{ variant_id: 'v1', nodes: [failing] }])
    const builder = new RunManifestBuilder({ catalog: CATALOG, plan: alone, env: ENV, patchEngine })
    await expect(builder.buildAll()).rejects.toThrow('no such node')
  })

  it('have patches that name prompts of the service, or of the store with the workflow', async () => {
    const storage = new InMemoryStorage()
    const catalog = new WorkflowCatalog(
      { workflows: [{ id: 'slug', dsl_path: 'SEO Slug Generator.yml' }] },
      { directory: EXAMPLES },
    )
    const report = await new OptimizerService({ catalog, storage }).runOptimizationCycle('slug')
    const { prompt_id: ofService = '' } = report.prompts[0] ?? {}
    expect((await storage.listVersions(ofService)).length).toBe(2)
    const dslOf = async (byPrompt: string, store?: InMemoryStorage) => {
      const strategy = { mode: 'append', content: ' Use no digits.' }
      const variant = { variant_id: 'v1', nodes: [{ selector: { by_prompt: byPrompt }, strategy }] }
      const [, patched] = await new RunManifestBuilder({
        catalog,
        plan: checkTestPlan({
          workflows: [{ catalog_id: 'slug', prompt_optimization: [variant] }],
        }),
        patchEngine: new PromptPatchEngine(),
        storage: store,
      }).buildAll()
      return patched?.dsl
    }
    const expected = await dslOf(ofService)
    expect(expected).toContain('Use no digits.')
    expect(await dslOf(ofService, storage)).toBe(expected)
    const file = join(EXAMPLES, 'SEO Slug Generator.yml')
    const source = { file, content: await readFile(file, 'utf8') }
    const [imported] = await importWorkflows([source], { storage })
    const ofStore = imported?.prompts[0]?.prompt_id ?? ''
    expect(ofStore).not.toBe(ofService)
    expect(await dslOf(ofStore, storage)).toBe(expected)
    await expect(dslOf(ofStore)).rejects.toMatchObject({ code: 'OPT-PATCH-001' })
  })

  it('need a catalog with the workflow, its file, and an engine for patches', async () => {
    const plan = planOf([{ variant_id: 'v1', nodes }])
    const build = async (given: object) =>
      await new RunManifestBuilder({ catalog: CATALOG, plan, env: ENV, ...given }).buildAll()
    await expect(build({})).rejects.toThrow(/"patchEngine" .* "v1"/)
    await expect(build({ env: undefined })).rejects.toThrow(/translation_workflow/)
    const empty = new WorkflowCatalog({ workflows: [] })
    await expect(build({ catalog: empty })).rejects.toThrow(/names the workflow 'translate'/)
  })
})

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigLoader } from '../../../../src/optimizer/models/config-loader.js'
import { tempDirectory } from '../../../support/temp.js'

/** The configurations of the seed documents, as they are written there: 003, section 8.2. */
const DEVELOPMENT = `# config/env_config.dev.yaml (Development)
optimizer:
  storage:
    backend: "memory"
  optimization:
    min_baseline_score: 50.0  # More aggressive optimization
`
const TESTING = `# config/env_config.test.yaml (CI/CD)
optimizer:
  storage:
    backend: "filesystem"
    config:
      storage_dir: "./tmp/test_versions"
      use_index: false  # Faster for ephemeral tests
`
const PRODUCTION = `# config/env_config.prod.yaml (Production)
optimizer:
  storage:
    backend: "filesystem"
    config:
      storage_dir: "/var/lib/dify_autoopt/versions"
      use_index: true
      use_cache: true
      cache_size: 1000
      enable_sharding: true
`
/** 003, section 3.1: before and after the change. */
const BEFORE = `# Before (MVP)
optimizer:
  storage: "memory"  # Simple string
`
const AFTER = `# After (Phase 1)
optimizer:
  storage:
    backend: "filesystem"  # or "memory"
    config:
      storage_dir: "./data/versions"
      use_index: true
      use_cache: true
      cache_size: 100
      enable_sharding: false
`
/** 000, section 6.2. */
const DEPLOYMENT = `# config/env_config.prod.yaml
optimizer:
  storage:
    backend: "filesystem"
    config:
      storage_dir: "/var/lib/dify_autoopt/optimizer/versions"
      use_index: true
      use_cache: true
      cache_size: 500
      enable_sharding: false  # Enable if > 1000 prompts

  optimization:
    min_baseline_score: 80.0
    min_improvement: 5.0
    min_confidence: 0.6
    max_iterations: 3
`

const loader = new ConfigLoader({ environment: {} })

async function written(text: string, name = 'env_config.yaml'): Promise<string> {
  const directory = join(await tempDirectory(), 'config')
  await mkdir(directory)
  await writeFile(join(directory, name), text)
  return join(directory, name)
}

describe('loadEnv', () => {
  it.each([
    ['of development', DEVELOPMENT, 'memory', {}],
    ['of tests', TESTING, 'filesystem', { use_index: false }],
    [
      'of production',
      PRODUCTION,
      'filesystem',
      { use_index: true, use_cache: true, cache_size: 1000, enable_sharding: true },
    ],
    ['before the change', BEFORE, 'memory', {}],
    [
      'after the change',
      AFTER,
      'filesystem',
      { use_index: true, use_cache: true, cache_size: 100, enable_sharding: false },
    ],
    [
      'of the deployment',
      DEPLOYMENT,
      'filesystem',
      { use_index: true, use_cache: true, cache_size: 500, enable_sharding: false },
    ],
  ])('loads the configuration of the seed documents %s', async (_, text, backend, settings) => {
    const { storage } = (await loader.loadEnv(await written(text))).optimizer
    expect(storage.backend).toBe(backend)
    expect(storage.config).toMatchObject(settings)
  })

  it('has the values of the deployment, and the defaults elsewhere', async () => {
    const { optimizer } = await loader.loadEnv(await written(DEPLOYMENT))
    const expected = {
      min_baseline_score: 80,
      min_improvement: 5,
      min_confidence: 0.6,
      max_iterations: 3,
    }
    expect(optimizer.optimization).toEqual(expected)
    const development = await loader.loadEnv(await written(DEVELOPMENT))
    expect(development.optimizer.optimization).toEqual({ ...expected, min_baseline_score: 50 })
  })

  it('lets paths begin at the file, and a variable win', async () => {
    const file = await written('io_paths:\n  workflow_dsl: dsl\ndify:\n  auth:\n    token: x\n')
    const env = await new ConfigLoader({ environment: { HOLDFAST_MAX_ITERATIONS: '7' } }).loadEnv(
      file,
    )
    expect(env.io_paths['workflow_dsl']).toBe(join(file, '..', 'dsl'))
    expect(env.dify.auth).toEqual({ token: 'x' })
    expect(env.optimizer.optimization.max_iterations).toBe(7)
  })

  it('names the file and the key that is wrong', async () => {
    const file = await written('optimizer:\n  optimisation: {}\n')
    await expect(loader.loadEnv(file)).rejects.toThrow(TypeError)
    await expect(loader.loadEnv(file)).rejects.toThrow('did you mean "optimization"?')
  })
})

describe('loadCatalog', () => {
  it('lets the paths of the workflows begin at the file', async () => {
    const file = await written(
      'workflows:\n  - id: wf_001\n    label: 客服\n    dsl_path: flows/a.yml\n    nodes:\n' +
        '      - node_id: "171"\n        type: llm\n',
    )
    const workflow = (await loader.loadCatalog(file)).getWorkflow('wf_001')
    expect(workflow?.label).toBe('客服')
    expect(workflow?.nodes).toEqual([{ node_id: '171', type: 'llm', prompt_fields: [] }])
    expect(workflow?.dslPathResolved()).toBe(join(file, '..', 'flows', 'a.yml'))
  })

  it('names the file in messages', async () => {
    const file = await written('workflow: []\n')
    await expect(loader.loadCatalog(file)).rejects.toThrow(
      `${file}: Unknown key "workflow" of the catalog; did you mean "workflows"?`,
    )
    const wrong = await written('workflows:\n  - {id: a, dsl_path: 1}\n', 'wrong.yaml')
    await expect(loader.loadCatalog(wrong)).rejects.toThrow(
      `${wrong}: Key "workflows[0].dsl_path" is wrong: expected string, got 1`,
    )
    const list = await written('- {id: a, dsl_path: a.yml}\n', 'list.yaml')
    await expect(loader.loadCatalog(list)).rejects.toThrow(
      `${list}: The catalog is wrong: expected object, got an array`,
    )
    await expect(loader.loadCatalog(`${file}.yaml`)).rejects.toThrow('there is no such file')
  })
})

describe('loadTestPlan', () => {
  it('reads YAML and JSON', async () => {
    const yaml = await written('workflows:\n  - catalog_id: wf_001\n')
    const json = await written('{"workflows":[{"catalog_id":"wf_001"}]}', 'plan.json')
    expect(await loader.loadTestPlan(yaml)).toEqual(await loader.loadTestPlan(json))
  })

  it('names the file and the key that is wrong', async () => {
    const file = await written('workflows:\n  - catalogid: wf_001\n')
    await expect(loader.loadTestPlan(file)).rejects.toThrow(
      `${file}: Unknown key "catalogid" of workflows[0]; did you mean "catalog_id"?`,
    )
  })
})

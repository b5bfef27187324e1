import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import { connectDify, difyTarget } from '../../../../src/optimizer/run/dify-target.js'
import { replayRun, startRun } from '../../../../src/optimizer/run/optimizer-run.js'
import type { DifyTarget } from '../../../../src/optimizer/run/run-config.js'
import { readDefinition } from '../../../../src/optimizer/run/run-definition.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { difyRun } from '../../../support/dify-run.js'
import { startSimulatedModel } from '../../../support/simulated-run.js'

describe('a run on Dify', () => {
  it('publishes each candidate once, runs its cases as that version, and replays without Dify', async () => {
    const { bed, run, environment } = await difyRun(await startSimulatedModel(), 'additive/21')
    const { app } = bed
    await using storage = new MemoryStorage()
    const report = await startRun('dify', await readDefinition(run.config), {
      storage,
      environment,
    })
    expect(report.target).toBe(`dify ${app.id}`)
    expect(report.search?.seed_score).toBe(0)
    const requests = await bed.requests()
    const runs = requests.filter(({ path }) => /^\/workflows\/.*\/run$/.test(path))
    expect(runs).toHaveLength(report.ledger.asked['dify-run '] ?? runs.length)
    expect(new Set(runs.map(({ path }) => path)).size).toBeGreaterThan(1)
    const imports = requests.filter(({ path }) => path === '/apps/imports')
    expect(imports.length).toBe(new Set(imports.map(({ body }) => body?.['yaml_content'])).size)
    expect(report.ledger.requests.sent).toBeLessThanOrEqual(160)
    await bed.stop()
    expect(await replayRun('dify', { storage })).toEqual(report)
  })

  it('runs each case of each name as often as it repeats, whatever the cases are called', async () => {
    const { bed, run, environment } = await difyRun(await startSimulatedModel(), 'additive/22')
    const config = JSON.parse(await readFile(run.config, 'utf8')) as Record<string, unknown>
    await writeFile(
      run.config,
      JSON.stringify({ ...config, search: { repeats: 2 }, budget: { calls: 200 } }),
    )
    // The same inputs under two names, one of which looks like a repeat of the other.
    const named = ['a', 'a (1)', 'b'].map((id) => JSON.stringify({ id, inputs: { text: 'x' } }))
    await writeFile(join(run.directory, 'validation.jsonl'), named.join('\n'))
    await using storage = new MemoryStorage()
    const definition = await readDefinition(run.config)
    const report = await startRun('dify', definition, { storage, environment })
    const runs = (await bed.runs()).filter(({ inputs }) => inputs['text'] === 'x')
    const candidates = new Set(runs.map(({ workflow_id: id }) => id)).size
    expect(runs).toHaveLength(candidates * 3 * 2)
    await bed.stop()
    expect(await replayRun('dify', { storage })).toEqual(report)
  })

  it('needs its secrets', async () => {
    const target: DifyTarget = {
      type: 'dify',
      base_url: 'http://127.0.0.1:1/v1',
      api_key: { env: 'KEY' },
      user: 'u',
      console: {
        base_url: 'http://127.0.0.1:1/console/api',
        app_id: 'a',
        access_token: { env: 'TOKEN' },
      },
      timeout_seconds: 1,
    }
    await expect(connectDify(target, { KEY: 'k' })).rejects.toThrow(
      'Key "target.console.access_token" names the variable TOKEN, which is not set',
    )
  })

  it('can run every prompt of the file, and knows the most that a run costs if it is told', async () => {
    const file = 'Artifact.yml'
    const bytes = await readFile(join(import.meta.dirname, '../../../../examples/dify', file))
    const dify = parseDifyFile(bytes, file)
    const common = { type: 'dify', base_url: 'http://x/v1', user: 'u', timeout_seconds: 1 } as const
    const target: DifyTarget = {
      ...common,
      api_key: { env: 'K' },
      console: { base_url: 'http://x', app_id: 'a', access_token: { env: 'T' } },
    }
    const known = difyTarget(dify, { ...target, tokens_per_run_max: 500 })
    expect(known.possible.map(({ prompt_id: id }) => id)).toContain('Artifact_llm')
    expect(known.worstCase({}, { id: '1', inputs: {} })).toEqual({ tokens: 500, money: 0 })
    expect(difyTarget(dify, target).worstCase({}, { id: '1', inputs: {} })).toBeUndefined()
  })
})

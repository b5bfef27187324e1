import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { difyRun } from '../../../support/dify-run.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
} from '../../../support/simulated-run.js'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'

let model: SimulatedModel
beforeAll(async () => {
  model = await startSimulatedModel()
})

describe('holdfast optimize plan', () => {
  it('shows what a run would do and what it may cost, and asks nothing', async () => {
    const { config, counts } = await simulatedRun(model, 'additive/11')
    const { code, stdout } = await holdfast(['optimize', 'plan', config])
    expect(code).toBe(0)
    expect(stdout).toContain('Cases: 15 train, 10 validation, 24 held out, 0 anchors')
    expect(stdout).toContain('Budget, never exceeded: 400 calls')
    expect(stdout).toMatch(/A case takes at most \d+ tokens/)
    expect(await counts()).toMatchObject({ requests: 0 })
  })

  it('names the secrets that a run needs, and warns of those that are not set', async () => {
    const endpoint = { base_url: `${model.origin}/additive/11/v1`, model: 'worker' }
    const { config } = await simulatedRun(model, 'additive/11', {
      models: {
        worker: { ...endpoint, api_key: { env: 'WORKER_KEY' } },
        writer: { ...endpoint, model: 'writer', api_key: { env: 'WRITER_KEY' } },
      },
    })
    const args = ['optimize', 'plan', config]
    const one = await holdfast(args, { env: { WORKER_KEY: 'sk-1' } })
    expect(one.code).toBe(0)
    expect(one.stdout).toContain(
      'Secrets: WORKER_KEY (models.worker.api_key), WRITER_KEY (models.writer.api_key)',
    )
    expect(one.stderr).toBe(
      'warning Key "models.writer.api_key" names the variable WRITER_KEY, which is not set: the run needs it\n',
    )
    const env = { WORKER_KEY: 'sk-1', WRITER_KEY: 'sk-2' }
    expect((await holdfast(args, { env })).stderr).toBe('')
    const { document } = await holdfastJson(args, { env: { WRITER_KEY: 'sk-2' } })
    expect(document).toMatchObject({
      secrets: [
        { key: 'models.worker.api_key', env: 'WORKER_KEY', problem: expect.any(String) },
        { key: 'models.writer.api_key', env: 'WRITER_KEY', problem: null },
      ],
    })
    expect(JSON.stringify(document)).not.toContain('sk-')
  })

  it('refuses a wrong configuration by the name of the key', async () => {
    const wrong = await simulatedRun(model, 'additive/11', { budget: { call: 400 } })
    const refused = await holdfast(['optimize', 'plan', wrong.config])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('did you mean "calls"')
    const small = await simulatedRun(model, 'additive/11', { budget: { calls: 40 } })
    const unpaid = await holdfast(['optimize', 'plan', small.config])
    expect(unpaid.code).toBe(2)
    expect(unpaid.stderr).toContain('the proof up to 96')
  })
})

describe('holdfast optimize run, resume and replay', () => {
  it('proves a gain with status 0, is repeated without a request, and replays the same report', async () => {
    const { config, counts } = await simulatedRun(model, 'additive/12')
    const dir = await tempDirectory()
    const ran = await holdfast(['optimize', 'run', config, '--dir', dir, '--run', 'one'])
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('A gain is proven')
    expect(ran.stderr).toContain('Budget, never exceeded: 400 calls')
    const asked = await counts()
    const again = await holdfast(['optimize', 'run', config, '--dir', dir, '--run', 'one'])
    expect(again.stdout).toBe(ran.stdout)
    const resumed = await holdfast(['optimize', 'resume', 'one', '--dir', dir])
    expect(resumed.stdout).toBe(ran.stdout)
    const report = await holdfastJson(['optimize', 'report', 'one', '--dir', dir])
    const replay = await holdfastJson(['optimize', 'replay', 'one', '--dir', dir])
    expect(JSON.stringify(replay.document)).toBe(JSON.stringify(report.document))
    expect(await counts()).toEqual(asked)
    expect((await holdfast(['ids', '--dir', dir])).stdout).toBe('')
  })

  it('keeps the run in a store of any kind', async () => {
    const { config } = await simulatedRun(model, 'additive/15', { budget: { calls: 150 } })
    const store = ['--store', `sqlite:${join(await tempDirectory(), 'prompts.db')}`]
    const ran = await holdfast(['optimize', 'run', config, ...store, '--run', 'one'])
    expect(ran.stderr).not.toContain('error')
    const replayed = await holdfast(['optimize', 'replay', 'one', ...store])
    expect([replayed.code, replayed.stdout]).toEqual([ran.code, ran.stdout])
  })

  it('has statuses of their own for no gain and for a budget that is spent', async () => {
    const dir = await tempDirectory()
    const flat = await simulatedRun(model, 'flat/13', { budget: { calls: 150 } })
    const none = await holdfast(['optimize', 'run', flat.config, '--dir', dir])
    expect(none.code).toBe(11)
    expect(none.stdout).toContain('No significant gain')
    const poor = await simulatedRun(model, 'additive/13', { budget: { calls: 400, tokens: 5000 } })
    const spent = await holdfast(['optimize', 'run', poor.config, '--dir', dir])
    expect(spent.code).toBe(12)
    expect(spent.stdout).toContain('The budget ended before a proof')
  })

  it('goes on with a larger budget', async () => {
    const small = { budget: { calls: 400, tokens: 5000 } }
    const { config, counts } = await simulatedRun(model, 'additive/16', small)
    const dir = ['--dir', await tempDirectory()]
    expect((await holdfast(['optimize', 'run', config, ...dir, '--run', 'one'])).code).toBe(12)
    const resume = ['optimize', 'resume', 'one', ...dir]
    for (const [limits, problem] of [
      ['tokens=400', 'it has 5000 tokens'],
      ['tokens=many', 'budget.tokens'],
      ['token=9000', 'Unknown'],
    ] as const)
      expect((await holdfast([...resume, '--budget', limits])).stderr).toContain(problem)
    const asked = await counts()
    const ran = await holdfast([...resume, '--budget', 'tokens=400000,calls=400'])
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('A gain is proven')])
    expect(ran.stderr).toContain('(0 repeated)')
    expect((await counts())['requests']).toBeGreaterThan(asked['requests'] ?? 0)
  })

  it('says how to ask again what has failed', async () => {
    const endpoint = { base_url: `${model.origin}/no/1/v1`, model: 'worker' }
    const away = await simulatedRun(model, 'additive/15', {
      models: { worker: endpoint, writer: endpoint },
    })
    const args = ['optimize', 'run', away.config, '--dir', await tempDirectory(), '--run', 'away']
    const { code, stderr } = await holdfast(args)
    expect(code).toBe(1)
    expect(stderr).toContain('holdfast optimize resume away --retry-failures')
  })

  it('names a file of the configuration that does not exist', async () => {
    const { config } = await simulatedRun(model, 'additive/15', { workflow: 'no.yml' })
    const { code, stderr } = await holdfast(['optimize', 'plan', config])
    expect(code).toBe(1)
    expect(stderr).toContain('no.yml cannot be read: there is no such file')
  })

  it('is not found under a name that the store does not have', async () => {
    const dir = await tempDirectory()
    const flat = await simulatedRun(model, 'flat/13', { budget: { calls: 150 } })
    await holdfast(['optimize', 'run', flat.config, '--dir', dir])
    const missing = await holdfast(['optimize', 'resume', 'other', '--dir', dir])
    expect(missing.code).toBe(3)
    expect(missing.stderr).toContain("There is no run 'other' in the store")
  })

  it('runs whole workflows on Dify, with secrets from the environment, and replays without it', async () => {
    const { bed, run, environment } = await difyRun(model, 'additive/14')
    const dir = await tempDirectory()
    const args = ['optimize', 'run', run.config, '--dir', dir, '--run', 'dify']
    const refused = await holdfast(args)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('names the variable KEY, which is not set')
    const ran = await holdfast(args, { env: environment })
    expect([0, 11]).toContain(ran.code)
    expect(ran.stderr).toContain(`Runs on dify ${bed.app.id}`)
    const paths = new Set((await bed.requests()).map(({ path }) => path))
    expect([...paths].some((path) => /^\/workflows\/.+\/run$/.test(path))).toBe(true)
    await bed.stop()
    const replayed = await holdfast(['optimize', 'replay', 'dify', '--dir', dir])
    expect([replayed.code, replayed.stdout]).toEqual([ran.code, ran.stdout])
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { replayRun, resumeRun, startRun } from '../../../../src/optimizer/run/optimizer-run.js'
import { readDefinition } from '../../../../src/optimizer/run/run-definition.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { difyRun } from '../../../support/dify-run.js'
import { gatedModel } from '../../../support/model-gate.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
} from '../../../support/simulated-run.js'

const CONCURRENCY = 4

let model: SimulatedModel
beforeAll(async () => {
  model = await startSimulatedModel()
})

/** A definition whose model has a key, in the variable KEY. */
async function keyedRun(gate: SimulatedModel, world: string) {
  const endpoint = (name: string) => ({
    base_url: `${gate.origin}/${world}/v1`,
    model: name,
    api_key: { env: 'KEY' },
  })
  const models = { worker: endpoint('worker'), writer: endpoint('writer') }
  const { config } = await simulatedRun(gate, world, { models, search: { concurrency: 4 } })
  return await readDefinition(config)
}

describe('a run whose model refuses the key', () => {
  it('ends at the first refusal, and goes on with another key as if nothing had happened', async () => {
    let revokedAfter = 40
    let refused = 0
    const gate = await gatedModel(model, (count, { authorization }) => {
      const isGood = authorization === 'Bearer second' || count <= revokedAfter
      if (isGood) return undefined
      refused++
      return { status: 401, body: { error: { message: 'Revoked', code: 'invalid_api_key' } } }
    })
    const definition = await keyedRun(gate, 'additive/71')
    await using storage = new MemoryStorage()
    const first = startRun('keyed', definition, { storage, environment: { KEY: 'first' } })
    await expect(first).rejects.toMatchObject({ code: 'OPT-LLM-009', context: { status: 401 } })
    expect(refused).toBeGreaterThan(0)
    expect(refused).toBeLessThanOrEqual(CONCURRENCY)
    const report = await resumeRun('keyed', { storage, environment: { KEY: 'second' } })
    expect(report.ledger.requests).toMatchObject({ failed: 0, repeated: refused })
    revokedAfter = Infinity
    await using whole = new MemoryStorage()
    const expected = await startRun('keyed', definition, {
      storage: whole,
      environment: { KEY: 'first' },
    })
    expect({ ...report, ledger: null }).toEqual({ ...expected, ledger: null })
    expect(await replayRun('keyed', { storage })).toEqual(report)
  })

  it('ends, too, if it is the model that proposes', async () => {
    const gate = await gatedModel(model, (_count, _headers, { model: asked }) =>
      asked === 'writer' ? { status: 403, body: { error: 'not this model' } } : undefined,
    )
    await using storage = new MemoryStorage()
    const environment = { KEY: 'first' }
    const ended = startRun('keyed', await keyedRun(gate, 'additive/72'), { storage, environment })
    await expect(ended).rejects.toMatchObject({ code: 'OPT-LLM-009', context: { status: 403 } })
  })
})

describe('a run whose Dify refuses the key', () => {
  it.each([
    ['of the app', { KEY: 'wrong' }],
    ['of the console', { TOKEN: 'wrong' }],
  ])('%s ends before any case has an outcome, and goes on with the right one', async (_, wrong) => {
    const { bed, run, environment } = await difyRun(model, 'additive/73')
    await using storage = new MemoryStorage()
    const definition = await readDefinition(run.config)
    const ended = startRun('d', definition, { storage, environment: { ...environment, ...wrong } })
    await expect(ended).rejects.toMatchObject({ code: 'OPT-DIFY-004' })
    expect(await bed.runs()).toEqual([])
    const report = await resumeRun('d', { storage, environment })
    expect(report.search?.seed_score).toBe(0)
    expect(report.ledger.requests).toMatchObject({ failed: 0, open: 0 })
  })
})

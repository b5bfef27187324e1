import { beforeAll, describe, expect, it } from 'vitest'
import {
  evaluatorOfRun,
  experimentOptions,
  prepareRun,
  pricesOfRun,
  unitsOf,
} from '../../../../src/optimizer/run/prepare-run.js'
import { readDefinition } from '../../../../src/optimizer/run/run-definition.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
} from '../../../support/simulated-run.js'

let model: SimulatedModel
beforeAll(async () => {
  model = await startSimulatedModel()
})

describe('what a run works with', () => {
  it('is made of its definition', async () => {
    const { config } = await simulatedRun(model, 'additive/51')
    const run = await prepareRun(await readDefinition(config), { environment: {} })
    expect(run.seed['shop_llm_0']).toContain('{{#start.text#}}')
    expect(experimentOptions(run)).toMatchObject({
      budget: { calls: 400 },
      syntaxes: { shop_llm_0: 'basic' },
      perPrompt: false,
      randomSeed: 1,
    })
    expect(Object.keys(pricesOfRun(run)).sort()).toEqual(['worker', 'writer'])
    expect(evaluatorOfRun(run.definition, undefined).name).toBe('contains')
    expect(unitsOf(run.definition)).toBe(400)
  })

  it('is refused with a case that has an input too few', async () => {
    const { config } = await simulatedRun(model, 'additive/52', { prompts: ['nothing'] })
    await expect(prepareRun(await readDefinition(config), 'ledger')).rejects.toThrow(
      /Key "prompts" names/,
    )
  })

  it('needs prices for a budget in money', async () => {
    const models = { m: { base_url: `${model.origin}/additive/53/v1`, model: 'worker' } }
    const { config } = await simulatedRun(model, 'additive/53', {
      models,
      target: { type: 'model', model: 'm' },
      proposer: { model: 'm' },
      budget: { calls: 400, money: 1 },
    })
    await expect(prepareRun(await readDefinition(config), 'ledger')).rejects.toThrow(
      'Key "budget.money" needs "models.m.price"',
    )
  })
})

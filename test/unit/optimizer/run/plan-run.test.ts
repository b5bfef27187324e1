import { beforeAll, describe, expect, it } from 'vitest'
import { planRun } from '../../../../src/optimizer/run/plan-run.js'
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

describe('the plan of a run', () => {
  it('says what is run, by whom, and what it can cost at most, without a request', async () => {
    const { config, counts } = await simulatedRun(model, 'additive/41')
    const plan = await planRun(await readDefinition(config))
    expect(plan).toMatchObject({
      workflow: 'shop.yml',
      target: 'model worker',
      proposer: 'writer',
      judge: null,
      prompts: ['shop_llm_0'],
      budget: { calls: 400 },
      experiment: { calls: { total: 400, seed: 10, search: 304, proof: 96 } },
    })
    expect(plan.run_max?.tokens).toBeGreaterThan(500)
    expect(plan.run_max?.money).toBeGreaterThan(0)
    expect(await counts()).toMatchObject({ requests: 0 })
  })

  it('counts the questions to a judge as calls', async () => {
    const { config } = await simulatedRun(model, 'additive/42', {
      judge: { model: 'writer' },
      evaluators: [{ type: 'llm_judge', criteria: 'It is polite.' }],
    })
    const plan = await planRun(await readDefinition(config))
    expect(plan.judge).toBe('writer')
    expect(plan.experiment.calls.total).toBe(200)
  })

  it('is refused where the budget does not pay for the proof', async () => {
    const { config } = await simulatedRun(model, 'additive/43', { budget: { calls: 100 } })
    await expect(planRun(await readDefinition(config))).rejects.toThrow(/the proof up to 96/)
  })
})

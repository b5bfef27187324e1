import { beforeAll, describe, expect, it } from 'vitest'
import { readDefinition } from '../../../../src/optimizer/run/run-definition.js'
import {
  replayRun,
  reportOfRun,
  resumeRun,
  runNameOf,
  startRun,
} from '../../../../src/optimizer/run/optimizer-run.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
} from '../../../support/simulated-run.js'
import { tempDirectory } from '../../../support/temp.js'

let model: SimulatedModel
beforeAll(async () => {
  model = await startSimulatedModel()
})

describe('a run on the simulated model', () => {
  it('finds a better text, proves it on cases that the search never saw, and keeps the report', async () => {
    const { config, counts } = await simulatedRun(model, 'additive/1')
    const definition = await readDefinition(config)
    await using storage = new MemoryStorage()
    const plans: unknown[] = []
    const report = await startRun('first', definition, {
      storage,
      onPlan: async (plan) => {
        expect((await counts())['requests']).toBe(0)
        plans.push(plan)
      },
    })
    expect(plans).toHaveLength(1)
    expect(report.verdict).toBe('gain')
    expect(report.search?.algorithm).toBe('hill-climb')
    expect(report.models).toEqual({ proposer: 'writer', target: 'worker', judge: null })
    expect(report.proof?.effect).toBeGreaterThan(0.2)
    expect(report.proof?.p_value).toBeLessThanOrEqual(0.05)
    const [prompt] = report.prompts
    expect(prompt).toMatchObject({ prompt_id: 'shop_llm_0', changed: true })
    expect(prompt?.after).toContain('{{#start.text#}}')
    expect(report.wins.length).toBeGreaterThan(0)
    expect(report.ledger.requests.sent).toBeLessThanOrEqual(400)
    expect((await counts())['requests']).toBe(report.ledger.requests.sent)
    expect(await reportOfRun('first', storage)).toEqual(report)
    expect(await storage.listPromptIds()).toEqual([])
  })

  it('has the same report when it is replayed without a network, and when it is begun again', async () => {
    const { config, counts } = await simulatedRun(model, 'noisy/2', { budget: { calls: 250 } })
    const definition = await readDefinition(config)
    await using storage = await FileSystemStorage.open({ storageDir: await tempDirectory() })
    const name = runNameOf(definition)
    const report = await startRun(name, definition, { storage })
    const asked = await counts()
    expect(JSON.stringify(await replayRun(name, { storage }))).toBe(JSON.stringify(report))
    expect(await resumeRun(name, { storage })).toEqual(report)
    expect(await counts()).toEqual(asked)
  })

  it('claims nothing where no text is better', async () => {
    const { config } = await simulatedRun(model, 'flat/3', { budget: { calls: 200 } })
    await using storage = new MemoryStorage()
    const report = await startRun('flat', await readDefinition(config), { storage })
    expect(report.verdict).toBe('no_significant_gain')
  })

  it('ends with the budget in tokens and in money, and says so', async () => {
    const { config } = await simulatedRun(model, 'additive/4', {
      budget: { calls: 400, tokens: 9000 },
    })
    await using storage = new MemoryStorage()
    const report = await startRun('small', await readDefinition(config), { storage })
    expect(report.verdict).toBe('budget_spent')
    expect(report.stopped_by).toContain('tokens')
    expect(report.ledger.tokens).toBeLessThanOrEqual(9000)
    expect(await replayRun('small', { storage })).toEqual(report)
  })

  it('is resumed after an interruption, asks nothing twice and has the same result', async () => {
    const { config, counts } = await simulatedRun(model, 'additive/5')
    const definition = await readDefinition(config)
    await using whole = new MemoryStorage()
    const expected = await startRun('same', definition, { storage: whole })
    const { sent } = expected.ledger.requests
    await using storage = new MemoryStorage()
    const controller = new AbortController()
    await expect(
      startRun('same', definition, {
        storage,
        signal: controller.signal,
        onEvent: ({ type }) => {
          if (type === 'accepted') controller.abort(new Error('enough'))
        },
      }),
    ).rejects.toThrow('enough')
    await expect(reportOfRun('same', storage)).rejects.toMatchObject({ code: 'OPT-REPLAY-001' })
    const report = await resumeRun('same', { storage })
    expect({ ...report, ledger: null }).toEqual({ ...expected, ledger: null })
    expect(report.ledger.requests.sent - report.ledger.requests.repeated).toBe(sent)
    expect((await counts())['requests']).toBe(sent + report.ledger.requests.sent)
  })

  it('is refused under the name of another run, and where there is no such run', async () => {
    const one = await readDefinition((await simulatedRun(model, 'flat/6')).config)
    const other = await readDefinition((await simulatedRun(model, 'flat/7')).config)
    await using storage = new MemoryStorage()
    const controller = new AbortController()
    controller.abort(new Error('not now'))
    const { signal } = controller
    await expect(startRun('name', one, { storage, signal })).rejects.toThrow('not now')
    await expect(startRun('name', other, { storage })).rejects.toMatchObject({
      code: 'OPT-LEDGER-001',
    })
    await expect(resumeRun('missing', { storage })).rejects.toMatchObject({
      code: 'OPT-REPLAY-001',
    })
    await expect(startRun('No!', one, { storage })).rejects.toThrow(/small letters/)
    await expect(startRun('name', undefined as never, { storage })).rejects.toThrow(
      'The definition of a run must be what readDefinition returns, got undefined',
    )
  })
})

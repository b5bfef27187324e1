import { beforeAll, describe, expect, it } from 'vitest'
import { replayRun, resumeRun, startRun } from '../../../../src/optimizer/run/optimizer-run.js'
import { readDefinition, type Definition } from '../../../../src/optimizer/run/run-definition.js'
import type { RunReport } from '../../../../src/optimizer/run/run-report.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { dyingStorage } from '../../../support/dying-storage.js'
import { gatedModel } from '../../../support/model-gate.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
} from '../../../support/simulated-run.js'

let model: SimulatedModel
beforeAll(async () => {
  // Answers take a moment, so that a budget ends with requests under way.
  model = await startSimulatedModel(2)
})

async function limited(world: string, budget: object): Promise<Definition> {
  const { config } = await simulatedRun(model, world, { budget, search: { concurrency: 4 } })
  return await readDefinition(config)
}

/** What a run has found: without the number of its processes. */
function findings(report: RunReport): object {
  return { ...report, ledger: { ...report.ledger, sessions: 0 } }
}

describe('a run whose budget ends while several requests are under way', () => {
  it('has the same report, whenever its process dies, and when it is replayed', async () => {
    const definition = await limited('additive/81', { calls: 400, tokens: 2500 })
    await using whole = new MemoryStorage()
    const expected = await startRun('whole', definition, { storage: whole })
    expect(expected.verdict).toBe('budget_spent')
    expect(expected.stopped_by).toMatch(/^The next request could take \d+ tokens/)
    expect(await replayRun('whole', { storage: whole })).toEqual(expected)
    let same = 0
    for (let saves = 2; ; saves++) {
      await using storage = new MemoryStorage()
      const dying = dyingStorage(storage, saves)
      const ended = await startRun('whole', definition, { storage: dying }).catch(() => undefined)
      const report = ended ?? (await resumeRun('whole', { storage }))
      expect(report.verdict, `${saves} saves`).toBe('budget_spent')
      expect(report.ledger.tokens).toBeLessThanOrEqual(2500)
      expect(await replayRun('whole', { storage }), `${saves} saves`).toEqual(report)
      // What was lost with the process is paid twice, so less is left then. Without that, nothing differs.
      if (report.ledger.requests.repeated === 0 && report.ledger.requests.open === 0) {
        expect(report.search).toEqual(expected.search)
        expect(report.prompts).toEqual(expected.prompts)
        same++
      }
      if (ended !== undefined) break
    }
    expect(same).toBeGreaterThan(2)
  })

  it('is resumed to the same report byte for byte once its end was decided', async () => {
    const definition = await limited('additive/82', { calls: 400, tokens: 2500 })
    await using storage = new MemoryStorage()
    const first = await startRun('r', definition, { storage })
    // As if its process had died before it could keep the report.
    await storage.deleteVersion('holdfast:run:r', '1.0.1')
    const again = await resumeRun('r', { storage })
    expect(JSON.stringify(findings(again))).toBe(JSON.stringify(findings(first)))
    expect(again.ledger.sessions).toBe(2)
  })

  it('goes on with a larger budget, and asks nothing again', async () => {
    const definition = await limited('additive/83', { calls: 400, tokens: 9000 })
    const { config } = definition
    await using storage = new MemoryStorage()
    const first = await startRun('r', definition, { storage })
    expect(first.verdict).toBe('budget_spent')
    const budget = { calls: 400, tokens: 400_000 }
    const report = await resumeRun('r', { storage, budget })
    expect(report.verdict).toBe('gain')
    expect(report.ledger.requests).toMatchObject({ repeated: 0, failed: 0, open: 0 })
    expect(report.ledger.requests.sent).toBeGreaterThan(first.ledger.requests.sent)
    await using other = new MemoryStorage()
    const richer = { ...definition, config: { ...config, budget } }
    const expected = await startRun('r', richer, { storage: other })
    expect(findings(report)).toMatchObject({ ...findings(expected), ledger: expect.anything() })
    expect(await replayRun('r', { storage })).toEqual(report)
    // The same files with the first budget are an earlier round of it.
    await expect(startRun('r', definition, { storage })).rejects.toMatchObject({
      code: 'OPT-LEDGER-001',
      context: { field: 'budget' },
    })
    await expect(resumeRun('r', { storage, budget: { calls: 500 } })).rejects.toThrow(
      /held-out cases have decided/,
    )
  })
})

describe('a run whose model fails now and then', () => {
  it('pays for what it asks again, and has enough left for the proof', async () => {
    let failures = 0
    const gate = await gatedModel(model, (count) => {
      if (count % 12 !== 0) return undefined
      failures++
      return { status: 503, body: { error: { message: 'overloaded' } } }
    })
    const { config } = await simulatedRun(gate, 'noisy/84', { budget: { calls: 150 } })
    await using storage = new MemoryStorage()
    const report = await startRun('r', await readDefinition(config), { storage })
    expect(failures).toBeGreaterThan(5)
    expect(report.search?.stopped).toBe('budget')
    expect(report.stopped_by).toBeNull()
    expect(report.ledger.requests).toMatchObject({ repeated: failures, open: 0 })
    expect(report.ledger.requests.sent).toBeLessThanOrEqual(150)
    expect(await replayRun('r', { storage })).toEqual(report)
  })
})

describe('a replay of a run that has lost an entry', () => {
  it('names it, and does not call it the end of the budget', async () => {
    const definition = await limited('additive/85', { calls: 400, tokens: 9000 })
    await using storage = new MemoryStorage()
    await startRun('r', definition, { storage })
    await storage.deleteVersion('holdfast:ledger:ledger.r.0', '1.0.7')
    await expect(replayRun('r', { storage })).rejects.toMatchObject({
      code: 'OPT-LEDGER-001',
      message: 'The run "r" has lost entries of its ledger: number 7',
      context: { missing: [7] },
    })
  })

  it('names the request if the last entries are gone', async () => {
    const definition = await limited('additive/86', { calls: 400, tokens: 2500 })
    await using storage = new MemoryStorage()
    await startRun('r', definition, { storage })
    const id = 'holdfast:ledger:ledger.r.0'
    const versions = (await storage.listVersions(id)).toReversed()
    for (const { version } of versions.slice(0, 6)) await storage.deleteVersion(id, version)
    await expect(replayRun('r', { storage })).rejects.toMatchObject({
      code: 'OPT-REPLAY-001',
      context: { kind: 'chat', key: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    })
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { Ledger } from '../../../../src/optimizer/ledger/ledger.js'
import { LedgerInStore } from '../../../../src/optimizer/run/ledger-in-store.js'
import { makeReport } from '../../../../src/optimizer/run/make-report.js'
import { prepareRun } from '../../../../src/optimizer/run/prepare-run.js'
import { readDefinition } from '../../../../src/optimizer/run/run-definition.js'
import { findAndProve, type Findings } from '../../../../src/optimizer/run/run-experiment.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
} from '../../../support/simulated-run.js'

let model: SimulatedModel
beforeAll(async () => {
  model = await startSimulatedModel()
})

async function found(
  world: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly findings: Findings; readonly verdict: string }> {
  const { config } = await simulatedRun(model, world, settings)
  const run = await prepareRun(await readDefinition(config), { environment: {} })
  await using storage = new MemoryStorage()
  await using ledger = await Ledger.open({ storage: new LedgerInStore(storage), run: 'r' })
  const { signal } = new AbortController()
  const findings = await findAndProve(run, ledger, { signal })
  return { findings, verdict: makeReport('r', run, findings, ledger.report()).verdict }
}

describe('a search and its proof', () => {
  it('keep the outcome of each held-out case with both texts', async () => {
    const { findings, verdict } = await found('additive/61')
    expect(verdict).toBe('gain')
    const { search, proof, outcomeOf, progress } = findings
    const [pair] = proof?.cases ?? []
    const best = search?.best.candidate ?? {}
    expect(outcomeOf(best, pair?.case_id ?? '')?.score).toBe(pair?.winner)
    expect(progress.at(-1)?.best_score).toBe(search?.best.score)
  })

  it('leave enough tokens for the proof', async () => {
    const tokens = 180_000
    const { findings } = await found('noisy/62', { budget: { calls: 2000, tokens } })
    expect(findings.proof?.pairs).toBe(24)
    expect(findings.search?.stopped).toBe('budget')
    expect(findings.search?.calls.evaluations).toBeLessThan(1800)
  })

  it('fail with the reason where no run has a score', async () => {
    const models = {
      worker: { base_url: `${model.origin}/nothing/1/v1`, model: 'worker' },
      writer: { base_url: `${model.origin}/nothing/1/v1`, model: 'writer' },
    }
    await expect(found('additive/63', { models })).rejects.toMatchObject({
      code: 'OPT-EVAL-001',
      message: expect.stringContaining('the last failure was OPT-LLM-004') as string,
    })
  })
})

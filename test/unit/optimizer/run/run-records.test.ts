import { expect, it } from 'vitest'
import { checkRunName, isRunRecord, RunRecords } from '../../../../src/optimizer/run/run-records.js'
import { readDefinition, withBudget } from '../../../../src/optimizer/run/run-definition.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { sampleReport } from '../../../support/run-report.js'
import { simulatedRun, startSimulatedModel } from '../../../support/simulated-run.js'

it('a store keeps the definition and the report of a run, each once', async () => {
  const model = await startSimulatedModel()
  const one = await readDefinition((await simulatedRun(model, 'flat/31')).config)
  const other = await readDefinition((await simulatedRun(model, 'flat/32')).config)
  await using store = new MemoryStorage()
  const records = new RunRecords(store)
  await expect(records.definition('a')).rejects.toMatchObject({ code: 'OPT-REPLAY-001' })
  await records.begin('a', one)
  await records.begin('a', one)
  await expect(records.begin('a', other)).rejects.toMatchObject({ code: 'OPT-LEDGER-001' })
  expect((await records.definition('a')).digest).toBe(one.digest)
  expect(await records.report('a')).toBeUndefined()
  await records.end('a', sampleReport(), 0)
  await records.end('a', sampleReport('another'), 0)
  expect(await records.report('a')).toEqual(sampleReport())
  const ids = await store.listPromptIds({ records: true })
  expect(ids.map(isRunRecord)).toEqual([true])
})

it('a larger budget is another round of the run, with a report of its own', async () => {
  const model = await startSimulatedModel()
  const one = await readDefinition((await simulatedRun(model, 'flat/33')).config)
  await using store = new MemoryStorage()
  const records = new RunRecords(store)
  const { budget } = one.config
  expect(await records.begin('a', one)).toBe(0)
  const larger = withBudget(one, { ...budget, calls: budget.calls + 1 })
  expect(larger.digest).toBe(one.digest)
  await records.end('a', { ...sampleReport(), proof: null }, 0)
  expect(await records.begin('a', one)).toBe(0)
  expect(await records.report('a')).toBeDefined()
  expect(await records.begin('a', larger)).toBe(1)
  expect(await records.report('a')).toBeUndefined()
  expect((await records.definition('a')).config.budget).toEqual(larger.config.budget)
  const refused = { code: 'OPT-LEDGER-001', context: { run: 'a', field: 'budget' } }
  await expect(records.begin('a', one)).rejects.toMatchObject(refused)
  const limited = withBudget(larger, { ...larger.config.budget, tokens: 9 })
  await expect(records.begin('a', limited)).rejects.toThrow(/it has no limit of tokens/)
  // The held-out cases have decided: another attempt on them would not be one on unseen cases.
  await records.end('a', sampleReport(), 1)
  const largest = withBudget(one, { ...budget, calls: budget.calls + 2 })
  await expect(records.begin('a', largest)).rejects.toThrow(/held-out cases have decided/)
  expect(await records.begin('a', larger)).toBe(1)
})

it('a budget that is raised while a run is under way does not begin another proof on the same cases', async () => {
  const model = await startSimulatedModel()
  const one = await readDefinition((await simulatedRun(model, 'flat/34')).config)
  await using store = new MemoryStorage()
  const records = new RunRecords(store)
  const { budget } = one.config
  const round = await records.begin('a', one)
  const larger = withBudget(one, { ...budget, calls: budget.calls + 1 })
  expect(await records.begin('a', larger)).toBe(1)
  // The process that had begun before ends with a proof.
  await records.end('a', sampleReport(), round)
  expect(await records.report('a')).toEqual(sampleReport())
  expect((await records.definition('a')).config.budget).toEqual(budget)
  expect(await records.begin('a', one)).toBe(0)
  await expect(records.begin('a', larger)).rejects.toThrow(/held-out cases have decided/)
})

it('the name of a run is small letters, digits, dots and hyphens', () => {
  expect(checkRunName('shop-1.2')).toBe('shop-1.2')
  for (const name of ['', 'A', 'a_b', '-a', 'a/b', 'a'.repeat(65), undefined])
    expect(() => checkRunName(name)).toThrow(/small letters/)
})

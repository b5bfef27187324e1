import { expect, it } from 'vitest'
import { checkRunName, isRunRecord, RunRecords } from '../../../../src/optimizer/run/run-records.js'
import { readDefinition } from '../../../../src/optimizer/run/run-definition.js'
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
  await records.end('a', sampleReport())
  await records.end('a', sampleReport('another'))
  expect(await records.report('a')).toEqual(sampleReport())
  const ids = await store.listPromptIds({ records: true })
  expect(ids.map(isRunRecord)).toEqual([true])
})

it('the name of a run is small letters, digits, dots and hyphens', () => {
  expect(checkRunName('shop-1.2')).toBe('shop-1.2')
  for (const name of ['', 'A', 'a_b', '-a', 'a/b', 'a'.repeat(65), undefined])
    expect(() => checkRunName(name)).toThrow(/small letters/)
})

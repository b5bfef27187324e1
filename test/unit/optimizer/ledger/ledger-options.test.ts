import { expect, it } from 'vitest'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { checkLedgerOptions } from '../../../../src/optimizer/ledger/ledger-options.js'
import { LedgerInStore } from '../../../../src/optimizer/run/ledger-in-store.js'

it('options of a ledger have defaults: it records, without a limit, and a failure is an outcome', async () => {
  await using store = new MemoryStorage()
  const storage = new LedgerInStore(store)
  expect(checkLedgerOptions({ storage, run: 'r' })).toEqual({
    storage,
    run: 'r',
    settings: {},
    budget: {},
    prices: {},
    mode: 'record',
    retryFailures: false,
    leaseMs: 30_000,
  })
  expect(() => checkLedgerOptions({ storage, run: 'r', prices: { m: 1 as never } })).toThrow(
    /"prices.m"/,
  )
})

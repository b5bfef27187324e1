import { expect, it } from 'vitest'
import { LedgerState } from '../../../../src/optimizer/ledger/ledger-state.js'
import { checkSettings, unrecorded } from '../../../../src/optimizer/ledger/recorded-run.js'

it('a run is continued with the settings that it began with, in any order of their names', () => {
  const state = new LedgerState()
  checkSettings('r', state, { seed: 1 }, 'record')
  expect(() => checkSettings('r', state, { seed: 1 }, 'replay')).toThrow(/no run 'r' to replay/)
  const settings = { seed: 1, model: 'small' }
  state.add({ type: 'session', sequence: 0, elapsed_seconds: 0, settings, budget: {} })
  checkSettings('r', state, { model: 'small', seed: 1 }, 'record')
  expect(() => checkSettings('r', state, { seed: 1 }, 'record')).toThrow(
    expect.objectContaining({ code: 'OPT-LEDGER-001', context: { run: 'r', field: 'model' } }),
  )
})

it('a request without an entry is named by its place and its key', () => {
  const request = { kind: 'chat', request: {}, repeat: 1, attempt: 2 }
  expect(unrecorded('r', request, 'abc')).toMatchObject({
    code: 'OPT-REPLAY-001',
    context: { run: 'r', kind: 'chat', repeat: 1, attempt: 2, key: 'abc' },
  })
})

import { expect, it } from 'vitest'
import { ledgerSchema } from '../../../../src/optimizer/ledger/ledger-entry.js'

const key = 'a'.repeat(64)
const base = { sequence: 0, elapsed_seconds: 0 }
const cost = { tokens: 1, money: 0 }

it('accepts each kind of entry', () => {
  for (const entry of [
    { ...base, type: 'session', settings: { model: 'm' }, budget: { calls: 5 } },
    {
      ...base,
      type: 'intent',
      key,
      kind: 'chat',
      request: {},
      repeat: 0,
      attempt: 0,
      reserved: cost,
    },
    { ...base, type: 'started', key, ids: { run_id: 'r' } },
    {
      ...base,
      type: 'answer',
      key,
      answer: { text: 'x' },
      cost,
      cost_known: true,
      seconds: 1,
      looked_up: false,
    },
    { ...base, type: 'failure', key, error: { code: 'X', message: 'x' }, cost, seconds: 1 },
  ]) {
    const document = { prompt_id: 'ledger.run.0', version: '1.0.0', entry }
    expect(ledgerSchema.parse(document)).toEqual(document)
  }
})

it('refuses others', () => {
  for (const entry of [
    { ...base, type: 'other' },
    { ...base, type: 'started', key: 'short', ids: {} },
    { ...base, sequence: -1, type: 'started', key, ids: {} },
  ])
    expect(ledgerSchema.safeParse({ prompt_id: 'a', version: '1.0.0', entry }).success).toBe(false)
})

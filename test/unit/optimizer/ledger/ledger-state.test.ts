import { describe, expect, it } from 'vitest'
import type { IntentEntry, LedgerEntry } from '../../../../src/optimizer/ledger/ledger-entry.js'
import { costOf, LedgerState, reportOf } from '../../../../src/optimizer/ledger/ledger-state.js'

const base = { elapsed_seconds: 2 }
const intent = (sequence: number, key: string): IntentEntry => ({
  ...base,
  sequence,
  type: 'intent',
  key,
  kind: 'chat',
  request: { model: 'small' },
  repeat: 0,
  attempt: 0,
  reserved: { tokens: 100, money: 1 },
})
const ENTRIES: readonly LedgerEntry[] = [
  { ...base, sequence: 0, type: 'session', settings: { a: 1 }, budget: {} },
  intent(1, 'a'),
  intent(2, 'b'),
  { ...base, sequence: 3, type: 'session', settings: { a: 1 }, budget: {} },
  intent(4, 'a'),
  {
    ...base,
    sequence: 5,
    type: 'answer',
    key: 'a',
    answer: 'x',
    cost: { tokens: 10, money: 0.1 },
    cost_known: true,
    seconds: 3,
    looked_up: false,
  },
]

describe('what entries say', () => {
  it('is the cost of the outcome, and the most that lost attempts can have cost', () => {
    const state = new LedgerState()
    for (const entry of ENTRIES) state.add(entry)
    const [a, b] = [state.requests.get('a'), state.requests.get('b')]
    expect(a && costOf(a)).toEqual({ tokens: 110, money: 1.1 })
    expect(b && costOf(b)).toEqual({ tokens: 100, money: 1 })
    expect(state.elapsedSeconds).toBe(2)
  })

  it('is open again, at the cost of its failure, when a failure is retried', () => {
    const state = new LedgerState()
    const failure: LedgerEntry = {
      ...base,
      sequence: 2,
      type: 'failure',
      key: 'a',
      error: { code: 'OPT-LLM-004', message: 'refused' },
      cost: { tokens: 3, money: 0 },
      seconds: 1,
    }
    const started: LedgerEntry = {
      ...base,
      sequence: 1,
      type: 'started',
      key: 'a',
      ids: { run: 1 },
    }
    for (const entry of [intent(0, 'a'), started, failure, intent(3, 'a')]) state.add(entry)
    const request = state.requests.get('a')
    expect(request && costOf(request)).toEqual({ tokens: 103, money: 1 })
    expect(request).toMatchObject({ outcome: undefined, ids: undefined })
    expect(reportOf('r', state).requests).toMatchObject({ failed: 0, open: 1, repeated: 1 })
    state.add({ ...failure, sequence: 4 })
    expect(request && costOf(request)).toEqual({ tokens: 6, money: 0 })
  })

  it('is reported, and repeats are counted', () => {
    const state = new LedgerState()
    for (const entry of ENTRIES) state.add(entry)
    expect(reportOf('r', state)).toEqual({
      run: 'r',
      settings: { a: 1 },
      sessions: 2,
      requests: {
        different: 2,
        sent: 3,
        answered: 1,
        failed: 0,
        repeated: 1,
        looked_up: 0,
        open: 1,
      },
      asked: { 'chat small': 3 },
      tokens: 210,
      money: 2.1,
      request_seconds: 3,
    })
  })
})

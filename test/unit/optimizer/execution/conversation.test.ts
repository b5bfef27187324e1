import { expect, it } from 'vitest'
import type { CaseRun } from '../../../../src/optimizer/execution/case-runner.js'
import { joinedRuns, userMessages } from '../../../../src/optimizer/execution/conversation.js'

const run = (given: Partial<CaseRun>): CaseRun => ({
  run_id: 'r',
  status: 'succeeded',
  outputs: {},
  seconds: 1,
  tokens: 10,
  cost: '0.1',
  is_cost_known: true,
  traces: [],
  ...given,
})

it('the messages of a conversation are those of the user', () => {
  const step = (role: 'user' | 'assistant', message: string) => ({
    role,
    message,
    wait_for_response: true,
  })
  const steps = [step('user', 'a'), step('assistant', 'b'), step('user', 'c')]
  expect(userMessages({ steps } as never)).toEqual(['a', 'c'])
  expect(userMessages(undefined)).toBeUndefined()
})

it('the runs of a conversation are its last one, with what all of them took', () => {
  const joined = joinedRuns([
    run({ outputs: { answer: 'one' } }),
    run({ run_id: 's', status: 'failed', outputs: {}, cost: '0.2', is_cost_known: false }),
  ])
  expect(joined).toEqual(
    run({
      run_id: 's',
      status: 'failed',
      seconds: 2,
      tokens: 20,
      cost: '0.3',
      is_cost_known: false,
    }),
  )
  expect(() => joinedRuns([])).toThrow(/at least one message/)
})

import { expect, it } from 'vitest'
import { isUnderWay, runStatus } from '../../../../src/dify/service/run-outcome.js'

it('knows the documented statuses, and says so of others', () => {
  expect(runStatus('partial-succeeded')).toBe('partial-succeeded')
  expect(runStatus('of-a-later-version')).toBe('unknown')
  expect(
    ['scheduled', 'running', 'paused', 'stopped'].map((one) => isUnderWay(runStatus(one))),
  ).toEqual([true, true, false, false])
})

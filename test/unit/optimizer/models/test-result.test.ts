import { describe, expect, it } from 'vitest'
import {
  checkTestExecutionReport,
  checkTestResult,
  TEST_STATUSES,
} from '../../../../src/optimizer/models/test-result.js'

const RESULT = {
  workflow_id: 'wf_001',
  execution_id: 'e1',
  case_id: 'c1',
  status: 'succeeded',
  execution_time: 1.5,
  executed_at: '2026-11-30T12:00:00.000Z',
}

describe('checkTestResult', () => {
  it('adds nothing to a result but what has a default', () => {
    expect(checkTestResult(RESULT)).toEqual({
      ...RESULT,
      tokens_used: 0,
      cost: 0,
      inputs: {},
      outputs: {},
      metadata: {},
    })
  })

  it('accepts each status', () => {
    for (const status of TEST_STATUSES)
      expect(checkTestResult({ ...RESULT, status }).status).toBe(status)
  })

  it.each([
    [{ status: 'ok' }, 'the result: Key "status" is wrong'],
    [{ execution_time: -1 }, 'the result: Key "execution_time" is wrong'],
    [{ score: 2 }, 'the result: Key "score" is wrong'],
    [{ case_id: '' }, 'the result: Key "case_id" is wrong'],
    [{ token_used: 1 }, 'did you mean "tokens_used"?'],
  ])('refuses %j', (change, message) => {
    expect(() => checkTestResult({ ...RESULT, ...change })).toThrow(message)
  })
})

describe('checkTestExecutionReport', () => {
  const REPORT = {
    workflow_id: 'wf_001',
    run_id: 'r1',
    total_tests: 3,
    successful_tests: 2,
    failed_tests: 1,
    success_rate: 0.667,
    avg_response_time_ms: 10,
    p95_response_time_ms: 20,
    p99_response_time_ms: 20,
    total_tokens: 30,
    avg_tokens_per_request: 10,
    total_cost: 0.3,
    cost_per_request: 0.1,
    executed_at: '2026-11-30T12:00:00.000Z',
  }

  it('accepts a rate that is rounded to three digits', () => {
    expect(checkTestExecutionReport(REPORT).error_distribution.total_errors).toBe(0)
  })

  it('refuses a rate and a sum that are wrong', () => {
    expect(() => checkTestExecutionReport({ ...REPORT, success_rate: 0.7 })).toThrow(
      'successful_tests / total_tests',
    )
    const error_distribution = { timeout_errors: 1, total_errors: 2 }
    expect(() => checkTestExecutionReport({ ...REPORT, error_distribution })).toThrow(
      'the sum of the others',
    )
  })
})

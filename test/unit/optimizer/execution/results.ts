import { checkTestResult, type TestResult } from '../../../../src/optimizer/models/test-result.js'

/** A result with these facts. */
export function resultWith(given: Partial<TestResult>): TestResult {
  return checkTestResult({
    workflow_id: 'w',
    execution_id: 'e',
    case_id: 'c',
    status: 'succeeded',
    execution_time: 1,
    executed_at: '2026-01-02T03:04:05.000Z',
    ...given,
  })
}

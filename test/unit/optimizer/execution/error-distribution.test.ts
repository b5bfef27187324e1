import { expect, it } from 'vitest'
import { errorDistribution } from '../../../../src/optimizer/execution/error-distribution.js'
import { resultWith } from './results.js'

it('counts failed results by the kind of their errors', () => {
  expect(
    errorDistribution([
      resultWith({}),
      resultWith({ status: 'cancelled' }),
      resultWith({ status: 'timeout', metadata: { error_code: 'OPT-DIFY-006' } }),
      resultWith({ status: 'error', metadata: { error_code: 'OPT-DIFY-005' } }),
      resultWith({
        status: 'error',
        metadata: { error_code: 'OPT-DIFY-003' },
        error_message: 'provider_quota_exceeded: no quota',
      }),
      resultWith({ status: 'failed', metadata: { failed_node_type: 'llm' } }),
      resultWith({ status: 'failed', metadata: { failed_node_type: 'code' } }),
      resultWith({ status: 'error', metadata: { error_code: 'OPT-DIFY-001' } }),
    ]),
  ).toEqual({
    timeout_errors: 1,
    api_errors: 2,
    validation_errors: 1,
    llm_errors: 2,
    total_errors: 6,
  })
})

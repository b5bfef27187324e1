import { describe, expect, it } from 'vitest'
import { strictlyParsed } from '../../../../src/config/strict.js'
import {
  executionPolicySchema,
  rateLimitSchema,
} from '../../../../src/optimizer/models/execution-policy.js'

const policy = (given: object) => strictlyParsed(executionPolicySchema, given, 'execution')

describe('the policy of an execution', () => {
  it('has the defaults of the first implementation', () => {
    expect(policy({})).toEqual({
      concurrency: 1,
      batch_size: 5,
      backoff_seconds: 2,
      retry_policy: { max_attempts: 3, backoff_seconds: 2, backoff_multiplier: 1.5 },
      stop_conditions: { timeout_per_task: 300 },
    })
    expect(strictlyParsed(rateLimitSchema, { per_minute: 60 }, 'limit').burst).toBe(5)
  })

  it('counts a time in minutes as seconds', () => {
    expect(policy({ stop_conditions: { timeout_minutes: 2 } }).stop_conditions.timeout).toBe(120)
  })

  it.each([
    [{ concurrency: 0 }, 'Key "execution.concurrency" is wrong'],
    [{ retry_policy: { max_attempt: 2 } }, 'did you mean "max_attempts"?'],
    [{ stop_conditions: { timeout: 1, timeout_minutes: 1 } }, 'expected either "timeout"'],
    [{ stop_conditions: { min_success_rate: 1.5 } }, 'min_success_rate'],
    [{ rate_control: { per_minute: 0 } }, 'Key "execution.rate_control.per_minute" is wrong'],
  ])('is refused with the place of what is wrong: %j', (given, message) => {
    expect(() => policy(given)).toThrow(message)
  })
})

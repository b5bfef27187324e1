import { expect, it } from 'vitest'
import { DifyError, isDifyError } from '../../../../src/dify/service/index.js'

it('is known by its code, and has a bounded message', () => {
  const error = new DifyError('OPT-DIFY-001', 'x'.repeat(5000), { context: { status: 500 } })
  expect(error.message.length).toBeLessThan(1100)
  expect(error.context.status).toBe(500)
  expect(isDifyError(error)).toBe(true)
  expect(isDifyError(new Error('OPT-DIFY-001'))).toBe(false)
})

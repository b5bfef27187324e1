import { expect, it } from 'vitest'
import { isHoldfastError } from '../../../src/base/errors.js'
import { ExperimentError } from '../../../src/optimizer/experiment-error.js'

it('has a code, and a message that stays readable', () => {
  const error = new ExperimentError('OPT-DATA-001', 'x'.repeat(5000), { context: { place: 'a' } })
  expect(isHoldfastError(error)).toBe(true)
  expect(error.message.length).toBeLessThan(1100)
  expect(error.toJSON()).toMatchObject({
    name: 'ExperimentError',
    code: 'OPT-DATA-001',
    context: { place: 'a' },
  })
})

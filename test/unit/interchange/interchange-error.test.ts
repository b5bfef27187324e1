import { describe, expect, it } from 'vitest'
import { isHoldfastError, isStorageError } from '../../../src/base/errors.js'
import { InterchangeError } from '../../../src/interchange/index.js'

describe('an InterchangeError', () => {
  it('is a HoldfastError with a code, and cuts a message of any length', () => {
    const error = new InterchangeError('OPT-FORMAT-003', `git said ${'x'.repeat(5000)}`)
    expect(isHoldfastError(error)).toBe(true)
    expect(isStorageError(error)).toBe(false)
    expect(error).toMatchObject({ name: 'InterchangeError', code: 'OPT-FORMAT-003' })
    expect(error.message.length).toBeLessThan(1100)
  })
})

import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../src/base/errors.js'
import { outOfRange } from '../../../src/base/misuse.js'
import { failureOf } from '../../../src/mcp/failure.js'

describe('the failure that a client is told', () => {
  it('has the code and the facts of the library, and says whether to try again', () => {
    const context = { prompt_id: 'p' }
    expect(failureOf(new StorageError('FS-LOCK-001', 'Busy', { context }))).toEqual({
      code: 'FS-LOCK-001',
      message: 'Busy',
      context,
      retryable: true,
    })
    expect(failureOf(new StorageError('OPT-VER-002', 'None'))?.retryable).toBe(false)
  })

  it('has the code of misuse for a wrong argument', () => {
    expect(failureOf(outOfRange('Too many'))).toMatchObject({
      code: 'ERR_HOLDFAST_ARGUMENT',
      message: 'Too many',
    })
  })

  it('is none for a defect', () => {
    expect(failureOf(new TypeError('x is undefined'))).toBeUndefined()
    expect(failureOf('text')).toBeUndefined()
  })
})

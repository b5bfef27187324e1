import { describe, expect, it } from 'vitest'
import { errorBodyIn, errorFrom, RemoteError } from '../../../src/client/remote-error.js'

const body = (code: string, context: Readonly<Record<string, unknown>> = {}) => ({
  error: { code, message: 'm', context, retryable: false },
})

describe('an error that a server has answered', () => {
  it('is one of the class, code and context that the storage threw', () => {
    const conflict = errorFrom(
      body('OPT-VER-001', { prompt_id: 'p', version: '1.0.0', same_content: true }),
    )
    expect(conflict).toMatchObject({
      name: 'VersionConflictError',
      promptId: 'p',
      version: '1.0.0',
      sameContent: true,
    })
    expect(errorFrom(body('FS-LOAD-001', { path: 'x' }))).toMatchObject({
      name: 'StorageError',
      code: 'FS-LOAD-001',
      context: { path: 'x' },
    })
  })

  it('is misuse where the server found misuse, with the field', () => {
    const error = errorFrom(body('ERR_HOLDFAST_ARGUMENT', { error: 'RangeError', field: 'a.b' }))
    expect(error).toMatchObject({ name: 'RangeError', field: 'a.b', code: 'ERR_HOLDFAST_ARGUMENT' })
    expect(errorFrom(body('ERR_HOLDFAST_ARGUMENT', { error: 'TypeError' })).name).toBe('TypeError')
  })

  it('is a RemoteError for a refusal of the server itself', () => {
    const error = errorFrom(body('HTTP-AUTH-001'))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({ name: 'RemoteError', code: 'HTTP-AUTH-001' })
  })

  it('is not read out of the answer of another program', () => {
    for (const other of [null, 'x', {}, { error: 'x' }, { error: { code: 1 } }])
      expect(errorBodyIn(other)).toBeUndefined()
    expect(errorBodyIn(body('X'))).toEqual(body('X'))
  })
})

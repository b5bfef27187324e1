import { describe, expect, it } from 'vitest'
import {
  STORAGE_ERROR_CODES,
  StorageError,
  VersionConflictError,
} from '../../../src/base/errors.js'
import { outOfRange, wrongArgument } from '../../../src/base/misuse.js'
import { errorAnswer, isFault } from '../../../src/server/error-answer.js'
import { ServerError } from '../../../src/server/server-error.js'

describe('a failed request', () => {
  it.each(STORAGE_ERROR_CODES)('of the store keeps its code: %s', (code) => {
    const error = new StorageError(code, 'failed', { context: { reason: 'x', big: undefined } })
    const { status, body } = errorAnswer(error)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body.error).toMatchObject({ code, message: 'failed', context: { reason: 'x' } })
  })

  it('of a version that exists says whether it has the same content', () => {
    const { status, body } = errorAnswer(
      new VersionConflictError('p', '1.0.0', { sameContent: true }),
    )
    expect(status).toBe(409)
    expect(body.error).toMatchObject({
      code: 'OPT-VER-001',
      retryable: false,
      context: { prompt_id: 'p', version: '1.0.0', same_content: true },
    })
  })

  it('of misuse keeps its class and the field', () => {
    const typeError = Object.assign(wrongArgument('wrong'), { field: 'prompt.text' })
    expect(errorAnswer(typeError)).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'ERR_HOLDFAST_ARGUMENT',
          context: { error: 'TypeError', field: 'prompt.text' },
        },
      },
    })
    expect(errorAnswer(outOfRange('far')).body.error.context).toEqual({ error: 'RangeError' })
  })

  it('of a defect says nothing of it', () => {
    for (const thrown of [new Error('password hunter2'), 'text', undefined, { a: 1 }]) {
      const answer = errorAnswer(thrown)
      expect(answer).toMatchObject({ status: 500, body: { error: { code: 'HTTP-FAULT-001' } } })
      expect(JSON.stringify(answer)).not.toContain('hunter2')
      expect(isFault(thrown, answer)).toBe(true)
    }
  })

  it('may be sent again where the failure passes', () => {
    const retryable = (error: unknown) => errorAnswer(error).body.error.retryable
    expect(retryable(new StorageError('FS-LOCK-001', 'x'))).toBe(true)
    expect(
      retryable(new StorageError('FS-TIMEOUT-001', 'x', { context: { outcome: 'unknown' } })),
    ).toBe(true)
    expect(
      retryable(new StorageError('FS-UNAVAILABLE-001', 'x', { context: { outcome: 'unknown' } })),
    ).toBe(false)
    expect(retryable(new ServerError('HTTP-REQUEST-001', 'x'))).toBe(false)
  })

  it('with a context that is not JSON has none', () => {
    const circle: Record<string, unknown> = {}
    circle['circle'] = circle
    expect(
      errorAnswer(new StorageError('FS-IO-001', 'x', { context: circle })).body.error.context,
    ).toEqual({})
  })
})

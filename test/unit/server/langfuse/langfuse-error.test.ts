import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../../src/base/errors.js'
import { wrongArgument } from '../../../../src/base/misuse.js'
import {
  invalidRequest,
  langfuseAnswer,
  LangfuseRefusal,
  refuse,
} from '../../../../src/server/langfuse/langfuse-error.js'
import { ServerError } from '../../../../src/server/server-error.js'

function thrown(refusal: LangfuseRefusal): unknown {
  try {
    return refuse(refusal)
  } catch (error) {
    return error
  }
}

describe('the answer to a failure, as Langfuse has it', () => {
  it.each([
    [thrown(invalidRequest('no')), 400, 'InvalidRequestError'],
    [thrown(new LangfuseRefusal(404, 'LangfuseNotFoundError', 'no')), 404, 'LangfuseNotFoundError'],
    [wrongArgument('no'), 400, 'InvalidRequestError'],
    [new ServerError('HTTP-AUTH-001', 'no'), 401, 'UnauthorizedError'],
    [new ServerError('HTTP-AUTH-002', 'no'), 403, 'ForbiddenError'],
    [new StorageError('OPT-VER-002', 'no'), 404, 'LangfuseNotFoundError'],
    [
      new StorageError('OPT-LABEL-001', 'no', { context: { reason: 'protected' } }),
      403,
      'ForbiddenError',
    ],
    [new StorageError('OPT-LABEL-001', 'no'), 409, 'LangfuseConflictError'],
    [new StorageError('FS-LOCK-001', 'no'), 503, 'FS-LOCK-001'],
  ])('to %s is %s %s', (error, status, name) => {
    const answer = langfuseAnswer(error)
    expect([answer.status, answer.body.error, answer.body.message]).toEqual([status, name, 'no'])
  })

  it('has the faults of a body as a list', () => {
    const faults = [{ path: ['name'] }]
    const { body } = langfuseAnswer(
      thrown(new LangfuseRefusal(400, faults, 'Invalid request data')),
    )
    expect(body).toEqual({ message: 'Invalid request data', error: faults })
  })

  it('does not quote a defect', () => {
    const { status, body } = langfuseAnswer(new TypeError('secret is undefined'))
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toContain('secret')
  })
})

import { expect, it } from 'vitest'
import { connectionError, formError, refusalError } from '../../../../src/dify/service/failures.js'

const json = (status: number, code: string) =>
  refusalError({
    call: 'POST /x',
    status,
    contentType: 'application/json',
    body: JSON.stringify({ code, message: 'why', status }),
  })

it.each([
  [429, 'too_many_requests', 'OPT-DIFY-002', true],
  [429, 'rate_limit_error', 'OPT-DIFY-003', false],
  [400, 'provider_quota_exceeded', 'OPT-DIFY-003', false],
  [400, 'invalid_param', 'OPT-DIFY-005', false],
  [400, 'provider_not_initialize', 'OPT-DIFY-005', false],
  [400, 'completion_request_error', 'OPT-DIFY-005', false],
  [401, 'unauthorized', 'OPT-DIFY-004', false],
  [403, 'forbidden', 'OPT-DIFY-004', false],
  [400, 'workflow_version_execution_not_allowed', 'OPT-DIFY-004', false],
  [404, 'not_found', 'OPT-DIFY-005', false],
  [413, 'file_too_large', 'OPT-DIFY-005', false],
  [415, 'unsupported_file_type', 'OPT-DIFY-005', false],
  [500, 'internal_server_error', 'OPT-DIFY-001', true],
])('a %i with %s is %s', (status, reason, code, transient) => {
  const error = json(status, reason)
  expect(error).toMatchObject({ code, message: `POST /x answered ${status}: ${reason}: why` })
  expect(error.context).toEqual({ call: 'POST /x', status, reason, transient })
})

it('tells an answer without a message, a field, and what is not JSON', () => {
  const told = (body: string, contentType = 'text/html', status = 504) =>
    refusalError({ call: 'GET /x', status, contentType, body }).message
  expect(told('{"code":"invalid_param","message":"","params":"user"}')).toMatch(
    /no message \(user\)/,
  )
  expect(told('{"status":"failed","error":"Missing app mode"}')).toMatch(/Missing app mode$/)
  expect(told('')).toMatch(/an empty answer$/)
  expect(told('<html><title> Gateway Time-out </title>')).toMatch(
    /a page, not JSON: Gateway Time-out$/,
  )
  expect(told('upstream error', 'text/plain')).toMatch(/text, not JSON: upstream error$/)
  expect(told('moved', 'text/plain', 308)).toMatch(/set "baseUrl"/)
})

it('names the code of the system behind a connection that failed', () => {
  const system = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const error = connectionError('GET /x', new TypeError('fetch failed', { cause: system }))
  expect(error).toMatchObject({ code: 'OPT-DIFY-001', message: 'GET /x failed: ECONNREFUSED' })
  expect(error.context).toMatchObject({ reason: 'ECONNREFUSED', transient: true })
  expect(connectionError('GET /x', 'gone').message).toBe('GET /x failed: gone')
})

it('keeps the cause of an answer of another form', () => {
  const cause = new SyntaxError('x')
  expect(formError('GET /x', 'is not JSON', { cause })).toMatchObject({
    code: 'OPT-DIFY-007',
    cause,
  })
})

import { describe, expect, it } from 'vitest'
import { isBeyond, isNoObject, s3Failure } from '../../../../src/objects/s3/failure.js'

const error = (name: string, status?: number, code?: string): object =>
  Object.assign(new Error('secret'), { name, code, $metadata: { httpStatusCode: status } })

describe('a failure of the SDK', () => {
  it.each([
    ['an unmet condition', error('PreconditionFailed', 412), 'conflict'],
    ['another write at the same time', error('ConditionalRequestConflict', 409), 'refused'],
    ['another operation at the same time', error('OperationAborted', 409), 'refused'],
    ['throttling', error('SlowDown', 503), 'refused'],
    ['no bucket', error('NoSuchBucket', 404), 'no-bucket'],
    ['an expired token, with status 400', error('ExpiredToken', 400), 'denied'],
    ['an unknown key', error('InvalidAccessKeyId', 403), 'denied'],
    ['no credentials', error('CredentialsProviderError'), 'no-credentials'],
    ['no answer in time', error('TimeoutError'), 'unknown'],
    ['a request that was ended', error('AbortError'), 'unknown'],
    ['no connection', error('Error', undefined, 'ENOTFOUND'), 'refused'],
    ['a broken connection', error('Error', undefined, 'EPIPE'), 'unknown'],
    ['a failing service', error('InternalError', 500), 'unknown'],
    ['what the service does not do', error('NotImplemented', 501), 'rejected'],
    ['an invalid request', error('InvalidArgument', 400), 'rejected'],
    ['anything else', error('Surprise'), 'unknown'],
    ['nothing', undefined, 'unknown'],
  ])('says what is known of the outcome: %s', (_, given, kind) => {
    expect(s3Failure(given).kind).toBe(kind)
  })

  it('keeps its name and status, and nothing of the error, which holds the request', () => {
    const failure = s3Failure(error('AccessDenied', 403))
    expect(failure).toMatchObject({ reason: 'AccessDenied', status: 403 })
    expect(`${failure.message} ${JSON.stringify(failure)}`).not.toContain('secret')
    expect(failure.cause).toBeUndefined()
    expect(s3Failure(failure)).toBe(failure)
  })

  it('tells a missing object, and a range that begins beyond the end', () => {
    for (const name of ['NoSuchKey', 'NotFound']) expect(isNoObject(error(name, 404))).toBe(true)
    for (const given of [error('NoSuchBucket', 404), undefined, error('NoSuchUpload', 404)])
      expect(isNoObject(given)).toBe(false)
    expect(isBeyond(error('InvalidRange', 416))).toBe(true)
    expect(isBeyond(undefined)).toBe(false)
  })
})

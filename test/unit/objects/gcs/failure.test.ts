import { describe, expect, it } from 'vitest'
import { ObjectFailure } from '../../../../src/objects/failure.js'
import { gcsFailure, isBeyond, isNoObject } from '../../../../src/objects/gcs/failure.js'

const error = (facts: object, message = 'no message'): Error =>
  Object.assign(new Error(message), facts)

describe('a failure of Google’s client', () => {
  it.each([
    ['an unmet condition', error({ code: 412 }), 'conflict', 412],
    ['a status as text', error({ code: '412' }), 'conflict', 412],
    ['the status of a resumable upload', error({ status: 503 }), 'unknown', 503],
    ['the status of a response', error({ response: { status: 429 } }), 'refused', 429],
    ['a missing permission', error({ code: 403 }), 'denied', 403],
    ['no bucket', error({ code: 404 }, 'The specified bucket does not exist.'), 'no-bucket', 404],
    ['no object', error({ code: 404 }, 'No such object'), 'rejected', 404],
    ['no connection', error({ code: 'ECONNREFUSED' }), 'refused', undefined],
    ['a broken connection', error({ code: 'ECONNRESET' }), 'unknown', undefined],
    ['no file of credentials', error({ code: 'ENOENT' }), 'no-credentials', undefined],
    [
      'no credentials anywhere',
      error({}, 'Could not load the default credentials.'),
      'no-credentials',
      undefined,
    ],
    ['a damaged file of credentials', error({}, 'bad JSON at position 3'), 'denied', undefined],
    ['a file that may not be read', error({ code: 'EACCES' }), 'denied', undefined],
    ['anything else', error({}, 'surprise'), 'unknown', undefined],
    ['nothing', undefined, 'unknown', undefined],
  ])('says what is known of the outcome: %s', (_, given, kind, status) => {
    const failure = gcsFailure(given)
    expect([failure.kind, failure.status]).toEqual([kind, status])
  })

  it('keeps the reason, and nothing of the error, which may hold a token', () => {
    const given = error(
      { code: 403, errors: [{ reason: 'forbidden' }], config: { headers: 'Bearer secret' } },
      'credential secret',
    )
    const failure = gcsFailure(given)
    expect(failure.reason).toBe('forbidden')
    expect(`${failure.message} ${JSON.stringify(failure)}`).not.toContain('secret')
    expect(failure.cause).toBeUndefined()
    expect(gcsFailure(failure)).toBe(failure)
  })

  it('tells a missing object from a missing bucket, and a range that begins beyond the end', () => {
    expect(isNoObject(error({ code: 404 }, 'No such object'))).toBe(true)
    expect(isNoObject(error({ code: 404 }, 'The specified bucket does not exist.'))).toBe(false)
    expect(isNoObject(new ObjectFailure('denied', 'no', { status: 404 }))).toBe(false)
    expect(isBeyond(error({ code: 416 }))).toBe(true)
    expect(isBeyond(error({ code: 404 }))).toBe(false)
  })
})

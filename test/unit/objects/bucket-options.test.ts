import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../../src/base/option-table.js'
import { BUCKET_OPTIONS, type BucketOptions } from '../../../src/objects/bucket-options.js'

const resolve = (given: BucketOptions) => resolveOptions(BUCKET_OPTIONS, given)

describe('the options of a bucket', () => {
  it('have the defaults that are written down', () => {
    expect(resolve({})).toMatchObject({
      gcsLocation: 'US',
      cloudPrefix: '',
      maxRetries: 3,
      timeoutSeconds: 30,
      largeUploadBytes: 16 * 1024 * 1024,
      breakerSeconds: 10,
    })
  })

  it('are refused by name', () => {
    expect(() => resolve({ maxRetries: -1 })).toThrow(/Option "maxRetries"/)
    expect(() => resolve({ s3BucketName: '' })).toThrow(/Option "s3BucketName"/)
  })
})

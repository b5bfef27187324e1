import { describe, expect, it } from 'vitest'
import { resolveBucketStorageOptions } from '../../../src/buckets/bucket-storage-options.js'
import { openBucket } from '../../../src/buckets/open-bucket.js'
import { LIKE_CEPH, s3Bucket } from './support.js'

describe('opening a bucket', () => {
  it('is refused where the service ignores conditions', async () => {
    const bucket = await s3Bucket({ dialect: { conditions: false } })
    await expect(bucket.open()).rejects.toMatchObject({ code: 'FS-FORMAT-001' })
  })

  it('is refused where the bucket is missing, and where no service answers', async () => {
    const bucket = await s3Bucket(LIKE_CEPH)
    await expect(bucket.open({ s3BucketName: 'missing' })).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
    })
    const s3Endpoint = 'http://127.0.0.1:9'
    await expect(bucket.open({ s3Endpoint, maxRetries: 0 })).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
    })
  })

  it('for reading sends no change', async () => {
    const bucket = await s3Bucket()
    await bucket.open()
    const begin = bucket.standIn.requests.length
    const { source } = resolveBucketStorageOptions({ ...bucket.options, readOnly: true }, 'test')
    const parts = await openBucket(source)
    expect(parts.isReadOnly).toBe(true)
    parts.bucket.close()
    const made = bucket.standIn.requests.slice(begin)
    expect(made.filter((request) => !/^(GET|HEAD)/.test(request))).toEqual([])
  })
})

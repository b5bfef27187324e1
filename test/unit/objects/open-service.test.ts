import { describe, expect, it, onTestFinished } from 'vitest'
import { resolveOptions } from '../../../src/base/option-table.js'
import { BUCKET_OPTIONS, type BucketOptions } from '../../../src/objects/bucket-options.js'
import { openService } from '../../../src/objects/open-service.js'

const open = async (given: BucketOptions) => {
  const service = await openService(resolveOptions(BUCKET_OPTIONS, given))
  onTestFinished(() => service?.close())
  return service
}

describe('openService', () => {
  it('opens the bucket that the options name', async () => {
    const s3 = { s3BucketName: 'a', s3Endpoint: 'http://127.0.0.1:9' }
    expect(await open(s3)).toMatchObject({ kind: 's3', bucket: 'a' })
    const gcs = { gcsBucketName: 'b', gcsApiEndpoint: 'http://127.0.0.1:9' }
    expect(await open(gcs)).toMatchObject({ kind: 'gcs', bucket: 'b' })
    expect(await open({})).toBeUndefined()
  })

  it('refuses options that exclude each other, and half of a pair', async () => {
    await expect(open({ s3BucketName: 'a', gcsBucketName: 'b' })).rejects.toThrow(
      /exclude each other/,
    )
    await expect(open({ s3BucketName: 'a', s3AccessKeyId: 'x' })).rejects.toThrow(/belong together/)
  })
})

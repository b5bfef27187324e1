import { describe, expect, it } from 'vitest'
import { clearStore } from '../../../src/buckets/clearing.js'
import { BucketSource } from '../../../src/buckets/index.js'
import { documentOf, planOf } from '../../support/stored-documents.js'
import { gcsBucket, labelled, LIKE_CEPH, s3Bucket, type TestBucket } from './support.js'

describe.each<[string, () => Promise<TestBucket>]>([
  ['S3', s3Bucket],
  ['S3 with the conditions of Ceph', async () => await s3Bucket(LIKE_CEPH)],
  ['Google Cloud Storage', gcsBucket],
])('clearing a store on %s', (_, make) => {
  it('removes versions, heads and histories, and leaves a store', async () => {
    const bucket = await make()
    const parts = await bucket.open()
    const source = new BucketSource(parts)
    await source.insert([documentOf('p', '1.0.0'), documentOf('q', '1.0.0')], [])
    await source.insert([documentOf('r', '1.0.0')], [])
    await source.transact(
      ['p'],
      planOf(() => ({ head: labelled('a', '1.0.0') })),
    )
    await clearStore(parts)
    expect(await source.ids()).toEqual([])
    for (const id of ['p', 'q', 'r']) {
      expect(await source.names(id)).toEqual([])
      expect(await source.head(id)).toBeUndefined()
      expect((await source.past(id)).history).toEqual([])
    }
    expect((await source.knownSince())?.reason).toBe('cleared')
    expect(await source.insert([documentOf('p', '1.0.0', 'again')], [])).toBeUndefined()
    expect(await source.ids()).toEqual(['p'])
  })
})

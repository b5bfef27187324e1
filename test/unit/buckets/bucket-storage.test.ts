import { describe, expect, it } from 'vitest'
import { BucketStorage } from '../../../src/buckets/index.js'
import {
  promptRegistryConformance,
  versionStorageConformance,
} from '../../../src/versions/conformance.js'
import {
  cephLikeBucket,
  gcsStandInBucket,
  realBuckets,
  s3StandInBucket,
  subjectOf,
} from './places.js'

describe('BucketStorage', () => {
  const s3 = s3StandInBucket()
  const others = [gcsStandInBucket(), cephLikeBucket(), ...realBuckets()]
  const subjects = [
    ...(['cached', 'uncached', 'asking'] as const).map((way) => subjectOf(s3, way)),
    ...others.map((bucket) => subjectOf(bucket, 'asking')),
  ]
  for (const subject of subjects) {
    versionStorageConformance(subject, { describe, it })
    promptRegistryConformance(subject, { describe, it })
  }

  it('is opened by its method alone', () => {
    const made = () => Reflect.construct(BucketStorage, [{}, {}])
    expect(made).toThrow(/BucketStorage\.open\(\{ s3BucketName \}\)/)
  })
})

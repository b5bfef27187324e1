import { describe, expect, it, vi } from 'vitest'
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

// A thousand saves and reads take their time on a real service.
vi.setConfig({ testTimeout: 180_000 })

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

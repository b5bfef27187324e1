import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { BucketStorage, type BucketStorageOptions } from '../../../src/buckets/index.js'
import type { ConformanceSubject } from '../../../src/versions/conformance/subject.js'
import { startGcs } from '../files/bucket/standins/gcs.mjs'
import type { StandIn } from '../files/bucket/standins/http.mjs'
import { startS3 } from '../files/bucket/standins/s3.mjs'
import { openCloud } from '../../../src/files/bucket/open.js'
import { gcsConfig, s3Config } from '../files/bucket/subjects.js'
import { LIKE_CEPH } from './support.js'

/** A bucket that tests share; each has a prefix of its own. */
export interface SharedBucket {
  readonly name: string
  /** The options that name it: known once the tests run. */
  options(): BucketStorageOptions
}

export function s3StandInBucket(): SharedBucket {
  return standInBucket('S3 (stand-in)', async () => await startS3(), s3Config)
}

export function cephLikeBucket(): SharedBucket {
  const name = 'S3 (stand-in with the conditions of Ceph)'
  return standInBucket(name, async () => await startS3(LIKE_CEPH), s3Config)
}

export function gcsStandInBucket(): SharedBucket {
  return standInBucket('Google Cloud Storage (stand-in)', async () => await startGcs(), gcsConfig)
}

/** The real services that the environment names: see docs/cloud.md. */
export function realBuckets(): SharedBucket[] {
  const { S3_TEST_ENDPOINT: endpoint, GCS_TEST_BUCKET: bucket } = process.env
  const buckets: SharedBucket[] = []
  if (endpoint !== undefined) {
    const options = realS3Options(endpoint)
    beforeAll(async () => {
      const cloud = await openCloud(options)
      await cloud?.createBucket()
      await cloud?.close()
    })
    buckets.push({ name: 'S3 (S3_TEST_ENDPOINT)', options: () => options })
  }
  if (bucket !== undefined)
    buckets.push({
      name: 'Google Cloud Storage (GCS_TEST_BUCKET)',
      options: () => ({ gcsBucketName: bucket }),
    })
  return buckets
}

export function realS3Options(endpoint: string) {
  return {
    s3BucketName: `holdfast-test-${randomBytes(8).toString('hex')}`,
    s3Endpoint: endpoint,
    s3AccessKeyId: process.env['S3_TEST_ACCESS_KEY'],
    s3SecretAccessKey: process.env['S3_TEST_SECRET_KEY'],
    breakerSeconds: 1,
  }
}

/** A prefix that no other test has. */
export function newPrefix(): string {
  return `t-${randomBytes(6).toString('hex')}/`
}

const WAYS = {
  cached: ['with a cache', { useCache: true, staleMs: 200 }],
  uncached: ['without a cache', { useCache: false, staleMs: 200 }],
  asking: ['with a cache that asks before each answer', { useCache: true, staleMs: 0 }],
} as const

/** A way to open a storage in a bucket, for the suites. */
export function subjectOf(bucket: SharedBucket, way: keyof typeof WAYS): ConformanceSubject {
  const [how, settings] = WAYS[way]
  const { useCache, staleMs } = settings
  return {
    name: `BucketStorage on ${bucket.name} ${how}`,
    persistent: true,
    reportsMoves: true,
    sharesObjects: useCache && staleMs > 0,
    handles: { coherence: staleMs === 0 ? 'nextCall' : { withinMs: staleMs } },
    makePlace: async () => {
      const cloudPrefix = newPrefix()
      const options = { ...bucket.options(), cloudPrefix, pollIntervalMs: 50, ...settings }
      return { open: async () => await BucketStorage.open(options) }
    },
  }
}

function standInBucket(
  name: string,
  start: () => Promise<StandIn>,
  configOf: (endpoint: string) => BucketStorageOptions,
): SharedBucket {
  let standIn: StandIn | undefined
  beforeAll(async () => {
    standIn = await start()
  })
  afterAll(async () => await standIn?.close())
  return { name, options: () => configOf(standIn?.endpoint ?? '') }
}

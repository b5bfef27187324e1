import { onTestFinished } from 'vitest'
import { resolveBucketStorageOptions } from '../../../src/buckets/bucket-storage-options.js'
import type { BucketSourceOptions } from '../../../src/buckets/index.js'
import { openOver, type OpenBucket } from '../../../src/buckets/open-bucket.js'
import { openService } from '../../../src/objects/open-service.js'
import type { ObjectService } from '../../../src/objects/service.js'
import { NO_HEAD } from '../../../src/versions/prompt-heads.js'
import type { PromptHead } from '../../../src/index.js'
import { startGcs } from '../files/bucket/standins/gcs.mjs'
import type { StandIn } from '../files/bucket/standins/http.mjs'
import { startS3, type S3StandInOptions } from '../files/bucket/standins/s3.mjs'
import { gcsConfig, s3Config } from '../files/bucket/subjects.js'

/** The conditions that Ceph's gateway supports, and no others. */
export const LIKE_CEPH: S3StandInOptions = {
  dialect: { quotes: false, deletes: false, completes: false },
}

export const HASTE = { maxRetries: 2, timeoutSeconds: 2, breakerSeconds: 1 }

/** A stand-in, and how a store in it is opened. */
export interface TestBucket {
  readonly standIn: StandIn
  readonly options: BucketSourceOptions
  /** The parts of a store, closed with the test. */
  open(
    changes?: BucketSourceOptions,
    wrap?: (service: ObjectService) => ObjectService,
  ): Promise<OpenBucket>
}

export async function s3Bucket(settings: S3StandInOptions = {}): Promise<TestBucket> {
  const standIn = await startS3(settings)
  return bucketAt(standIn, s3Config(standIn.endpoint))
}

export async function gcsBucket(): Promise<TestBucket> {
  const standIn = await startGcs()
  return bucketAt(standIn, gcsConfig(standIn.endpoint))
}

export function labelled(label: string, version: string): PromptHead {
  const at = '2025-01-17T10:30:00.000Z'
  return { ...NO_HEAD, labels: { [label]: { version, at, by: null, reason: null } } }
}

export function moveTo(label: string, from: string | null, to: string | null) {
  return { label, from, to, by: null, reason: null, at: '2025-01-17T10:30:00.000Z' }
}

function bucketAt(standIn: StandIn, given: BucketSourceOptions): TestBucket {
  onTestFinished(async () => await standIn.close())
  const options = { ...given, ...HASTE }
  return {
    standIn,
    options,
    open: async (changes = {}, wrap = (service) => service) => {
      const { source } = resolveBucketStorageOptions({ ...options, ...changes }, 'test')
      const service = await openService(source)
      if (service === undefined) throw new Error('The options name no bucket')
      const parts = await openOver(wrap(service), source)
      onTestFinished(() => parts.bucket.close())
      return parts
    },
  }
}

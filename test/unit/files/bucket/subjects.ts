import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { CloudBackend } from '../../../../src/files/bucket/backend.js'
import { openCloud, type CloudConfig } from '../../../../src/files/bucket/open.js'
import { startGcs } from './standins/gcs.mjs'
import type { StandIn } from './standins/http.mjs'
import { startS3 } from './standins/s3.mjs'

/** What no error and no log may ever hold. */
export const SECRET = 'stand-in-secret-0123456789'

/** docs/cloud.md says what each of them means for files. */
export const LIMITATIONS = [
  'etags-without-quotes',
  'deletes-without-conditions',
  'completions-without-conditions',
  'versions-repeat',
  'lost-races-unclear',
] as const

export type Limitation = (typeof LIMITATIONS)[number]

/** A service with an empty part of a bucket. */
export interface CloudPlace {
  readonly config: CloudConfig
  /** Undefined for a real service. */
  readonly standIn: StandIn | undefined
  open(changes?: Partial<CloudConfig>): Promise<CloudBackend>
}

export interface CloudSubject {
  readonly name: string
  readonly kind: 's3' | 'gcs'
  /** What the service is known not to do; limitations.test.ts measures that it is just this. */
  readonly limitations: ReadonlySet<Limitation>
  makePlace(): Promise<CloudPlace>
}

export const s3StandIn: CloudSubject = {
  name: 'S3 (stand-in)',
  kind: 's3',
  limitations: new Set(),
  makePlace: async () => {
    const standIn = await startS3()
    onTestFinished(async () => await standIn.close())
    return placeOf(s3Config(standIn.endpoint), standIn)
  },
}

export const gcsStandIn: CloudSubject = {
  name: 'Google Cloud Storage (stand-in)',
  kind: 'gcs',
  limitations: new Set(),
  makePlace: async () => {
    const standIn = await startGcs()
    onTestFinished(async () => await standIn.close())
    return placeOf(gcsConfig(standIn.endpoint), standIn)
  },
}

export function s3Config(endpoint: string): CloudConfig {
  return {
    s3BucketName: 'files',
    s3Endpoint: endpoint,
    s3AccessKeyId: 'stand-in-key',
    s3SecretAccessKey: SECRET,
  }
}

export function gcsConfig(endpoint: string): CloudConfig {
  return { gcsBucketName: 'files', gcsProjectId: 'test', gcsApiEndpoint: endpoint }
}

/** The real services that the environment names. Of Google's the bucket must be one for tests: it is emptied. */
export function realSubjects(): CloudSubject[] {
  const { S3_TEST_ENDPOINT: endpoint, GCS_TEST_BUCKET: bucket } = process.env
  const subjects: CloudSubject[] = []
  if (endpoint !== undefined) {
    subjects.push({
      name: 'S3 (S3_TEST_ENDPOINT)',
      kind: 's3',
      limitations: statedLimitations(),
      makePlace: async () => await placeInRealBucket(realS3Config(endpoint)),
    })
  }
  if (bucket !== undefined) {
    subjects.push({
      name: 'Google Cloud Storage (GCS_TEST_BUCKET)',
      kind: 'gcs',
      limitations: new Set(),
      makePlace: async () => await placeInRealBucket({ gcsBucketName: bucket }),
    })
  }
  return subjects
}

/** `S3_TEST_LIMITATIONS`: those of the service behind the endpoint, with commas. */
function statedLimitations(): ReadonlySet<Limitation> {
  const names = (process.env['S3_TEST_LIMITATIONS'] ?? '').split(',').filter(Boolean)
  const known = LIMITATIONS.filter((limitation) => names.includes(limitation))
  if (known.length === names.length) return new Set(known)
  throw new TypeError(
    `S3_TEST_LIMITATIONS must be some of ${LIMITATIONS.join()}, got ${names.join()}`,
  )
}

/** A bucket of its own. */
function realS3Config(endpoint: string): CloudConfig {
  return {
    s3BucketName: `holdfast-test-${randomBytes(8).toString('hex')}`,
    s3Endpoint: endpoint,
    s3AccessKeyId: process.env['S3_TEST_ACCESS_KEY'],
    s3SecretAccessKey: process.env['S3_TEST_SECRET_KEY'],
    breakerSeconds: 1,
  }
}

async function placeInRealBucket(config: CloudConfig): Promise<CloudPlace> {
  const place = placeOf(config, undefined)
  const cleaner = await openCloud(place.config)
  await cleaner?.createBucket()
  await removeAll(cleaner)
  onTestFinished(async () => {
    await removeAll(cleaner)
    await cleaner?.close()
  })
  return place
}

async function removeAll(backend: CloudBackend | undefined): Promise<void> {
  for (;;) {
    const page = await backend?.list({ prefix: '', limit: 100 })
    await Promise.all((page?.files ?? []).map(async ({ key }) => await backend?.delete(key)))
    if (page?.more !== true) return
  }
}

function placeOf(config: CloudConfig, standIn: StandIn | undefined): CloudPlace {
  return {
    config,
    standIn,
    open: async (changes = {}) => {
      const backend = await openCloud({ ...config, ...changes })
      if (backend === undefined) throw new Error('The configuration names no bucket')
      onTestFinished(async () => await backend.close())
      return backend
    },
  }
}

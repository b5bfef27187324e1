import { describe, expect, it, onTestFinished } from 'vitest'
import { BucketStorage, type BucketStorageOptions } from '../../../src/buckets/index.js'
import { openCloud } from '../../../src/files/bucket/open.js'
import { tempDirectory } from '../../support/temp.js'
import { ACCESS_KEY, CEPH_LEFT_OUT, SECRET_KEY, startCeph } from '../../unit/files/bucket/ceph.mjs'
import { KillableCloud } from '../../unit/files/bucket/killable.js'
import { gcsConfig, s3Config } from '../../unit/files/bucket/subjects.js'
import { checkHistories } from './source-history.js'

const KILLS = Number(process.env['HOLDFAST_BUCKET_KILLS'] ?? 4)
const PLACES = 150
const LONG_MS = 1_200_000
/** A server is away for less than that. */
const PATIENT = { maxRetries: 8, timeoutSeconds: 10, breakerSeconds: 1, lockTimeoutMs: 60_000 }

/** What is killed and started again. */
interface Server {
  kill(): Promise<void>
  start(): Promise<void>
}

describe('versions in a bucket', () => {
  it.each(['s3', 'gcs'] as const)(
    `are what eight processes were told, in an order that explains all calls, while a stand-in of %s is killed ${KILLS} times`,
    { timeout: LONG_MS },
    async (kind) => {
      const cloud = new KillableCloud(kind, await tempDirectory())
      await cloud.start()
      const options = kind === 's3' ? s3Config(cloud.endpoint) : gcsConfig(cloud.endpoint)
      await check(kind, cloud, options)
    },
  )

  it.skipIf(CEPH_LEFT_OUT !== undefined)(
    `are what eight processes were told, while the gateway of Ceph is killed ${KILLS} times`,
    { timeout: LONG_MS },
    async () => {
      const ceph = await startCeph()
      onTestFinished(async () => await ceph.stop())
      const options = {
        s3BucketName: 'holdfast-test-histories',
        s3Endpoint: ceph.endpoint,
        s3AccessKeyId: ACCESS_KEY,
        s3SecretAccessKey: SECRET_KEY,
      }
      const cloud = await openCloud(options)
      expect(await cloud?.createBucket()).toBe(true)
      await cloud?.close()
      const gateway = {
        kill: async () => await ceph.killGateway(),
        start: async () => await ceph.startGateway(),
      }
      await check('ceph', gateway, options)
    },
  )
})

async function check(name: string, server: Server, options: BucketStorageOptions): Promise<void> {
  const patient = { ...options, ...PATIENT }
  const storage = await BucketStorage.open({ ...patient, staleMs: 0 })
  const served = {
    plan: { storage: 'bucket', options: patient } as const,
    storage,
    kill: async () => await server.kill(),
    start: async () => await server.start(),
  }
  const plan = { name: `bucket ${name}`, kills: KILLS, places: PLACES, workMs: 5000 }
  await checkHistories(served, plan)
  await storage.close()
}

import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { FileStorageConfig } from '../../../../src/files/config.js'
import { subscribe } from '../../../../src/base/channels.js'
import { tempDirectory } from '../../../support/temp.js'
import { openFiles } from '../support.js'
import { startS3 } from './standins/s3.mjs'
import { SECRET } from './subjects.js'

/** Looking for credentials may start programs: the deadline is not what is tested. */
const HASTE = { maxRetries: 0, timeoutSeconds: 60 }

/** A machine on which the clients find nothing: no variables, no profile, no metadata server. */
beforeEach(async () => {
  const names = Object.keys(process.env).filter((name) => /^(AWS|GOOGLE|GCLOUD|GCE)_/.test(name))
  for (const name of names) vi.stubEnv(name, undefined)
  const home = await tempDirectory()
  vi.stubEnv('HOME', home)
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, 'credentials'))
  vi.stubEnv('AWS_CONFIG_FILE', join(home, 'config'))
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('CLOUDSDK_CONFIG', home)
  vi.stubEnv('METADATA_SERVER_DETECTION', 'none')
  onTestFinished(() => void vi.unstubAllEnvs())
})

const CLOUDS: readonly (readonly [string, FileStorageConfig])[] = [
  ['S3', { s3BucketName: 'files', s3Region: 'us-east-1' }],
  ['S3 by another endpoint', { s3BucketName: 'files', s3Endpoint: 'http://127.0.0.1:9' }],
  ['Google Cloud Storage', { gcsBucketName: 'files' }],
  ['Google, of a missing file', { gcsBucketName: 'files', gcsCredentialsPath: '/no/such.json' }],
]

describe.each(CLOUDS)('without credentials for %s', (_, cloud) => {
  it('files are stored locally, which is told as what it is', async () => {
    const storage = await openFiles({ ...cloud, ...HASTE })
    const codes: string[] = []
    onTestFinished(subscribe('warning', ({ code }) => void codes.push(code)))
    await storage.store('a', 1)
    expect(await storage.retrieve('a')).toBe(1)
    expect(codes).toEqual(['no-credentials'])
    expect(await storage.getHealthStatus()).toMatchObject({
      status: 'degraded',
      storing_locally: true,
      pending_uploads: 1,
      reasons: [{ code: 'no-credentials' }],
    })
  })

  it('calls fail where there is no fallback, and health says why', async () => {
    const storage = await openFiles({ ...cloud, ...HASTE, enable_local_fallback: false })
    await expect(storage.store('a', 1)).rejects.toMatchObject({
      code: 'FS-PERM-001',
      context: { reason: 'no-credentials' },
    })
    expect(await storage.getHealthStatus()).toMatchObject({
      status: 'unhealthy',
      storing_locally: false,
      gcs_available: false,
      reasons: [{ code: 'no-credentials' }],
    })
  })
})

it('health notices that there are none when it asks the cloud', async () => {
  const storage = await openFiles({ s3BucketName: 'files', s3Region: 'us-east-1', ...HASTE })
  expect(await storage.getHealthStatus()).toMatchObject({ status: 'healthy' })
  expect(await storage.getHealthStatus({ askCloud: true })).toMatchObject({
    status: 'degraded',
    storing_locally: true,
    reasons: [{ code: 'no-credentials' }],
  })
})

it('what was stored meanwhile reaches the cloud when there are some', async () => {
  const standIn = await startS3()
  onTestFinished(async () => await standIn.close())
  const storage = await openFiles({
    s3BucketName: 'files',
    s3Endpoint: standIn.endpoint,
    ...HASTE,
  })
  const codes: string[] = []
  onTestFinished(subscribe('warning', ({ code }) => void codes.push(code)))
  await storage.store('a', 1)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'stand-in-key')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET)
  await expect.poll(async () => (await storage.sync()).pending, { timeout: 20_000 }).toBe(0)
  expect(codes).toEqual(['no-credentials', 'cloud-up'])
  expect(await storage.getHealthStatus()).toMatchObject({ status: 'healthy' })
})

it('a missing region is a mistake, not an outage', async () => {
  await expect(openFiles({ s3BucketName: 'files', ...HASTE })).rejects.toThrow(
    /^Option "s3Region" is needed/,
  )
})

import { chmod, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FileStorageConfig } from '../../../src/files/config.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { subscribe } from '../../../src/base/channels.js'
import { mountTmpfs } from '../disk/mount.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows } from '../../support/windows.js'
import { s3Config } from './bucket/subjects.js'
import { startS3 } from './bucket/standins/s3.mjs'
import { openFiles } from './support.js'

const isRoot = process.getuid?.() === 0
/** No mode keeps root from reading; Windows has no modes. */
const readsAll = isRoot || isWindows

const HELD = 'Windows lets no process move or remove a directory in which something is open'

/** The codes of the warnings from now on. */
function heardCodes(): string[] {
  const codes: string[] = []
  onTestFinished(subscribe('warning', ({ code }) => void codes.push(code)))
  return codes
}

describe.each(['native', 'portable'] as const)('a directory on the %s disk', (disk) => {
  async function open(): Promise<{ path: string; storage: FileStorage }> {
    const path = join(await tempDirectory(), 'store')
    const storage = await FileStorage.open({ local_storage_path: path, disk })
    // What is closed may lie elsewhere by then.
    onTestFinished(async () => await storage.close().catch(() => undefined))
    expect(await storage.getHealthStatus()).toMatchObject({
      status: 'healthy',
      reasons: [],
      storing_locally: false,
    })
    return { path, storage }
  }

  it('that was removed makes the storage unhealthy', async ({ skip }) => {
    skip(isWindows, HELD)
    const { path, storage } = await open()
    await rm(path, { recursive: true })
    expect(await storage.getHealthStatus()).toMatchObject({
      status: 'unhealthy',
      reasons: [{ code: 'directory-missing' }],
    })
    await expect(storage.close()).rejects.toMatchObject({ context: { error: 'ENOENT' } })
    expect(await storage.getHealthStatus()).toMatchObject({ reasons: [{ code: 'not-open' }] })
  })

  it('that was moved away, or replaced by a copy, makes it unhealthy until it is back', async ({
    skip,
  }) => {
    skip(isWindows, HELD)
    const { path, storage } = await open()
    const [unhealthy, codes] = ['unhealthy', ['directory-missing', 'directory-replaced']]
    await rename(path, `${path}-moved`)
    const moved = await storage.getHealthStatus()
    await (await FileStorage.open({ local_storage_path: path, disk: 'native' })).close()
    const replaced = await storage.getHealthStatus()
    expect([moved.status, replaced.status]).toEqual([unhealthy, unhealthy])
    expect(codes).toContain(moved.reasons[0]?.code)
    expect(replaced.reasons).toMatchObject([{ code: 'directory-replaced' }])
    await rm(path, { recursive: true })
    await rename(`${path}-moved`, path)
    expect(await storage.getHealthStatus()).toMatchObject({ status: 'healthy' })
  })

  it.skipIf(!isRoot)('that something was mounted over makes it unhealthy', async () => {
    const { path, storage } = await open()
    await mountTmpfs(path, 'size=1m')
    const { status, reasons } = await storage.getHealthStatus()
    expect(status).toBe('unhealthy')
    expect(['directory-missing', 'directory-replaced']).toContain(reasons[0]?.code)
  })
})

it.skipIf(readsAll)('is unhealthy when its directory may not be read any more', async () => {
  const path = await tempDirectory()
  const storage = await openFiles({ local_storage_path: path })
  await chmod(path, 0)
  const health = await storage.getHealthStatus()
  await chmod(path, 0o700)
  expect(health).toMatchObject({ status: 'unhealthy', reasons: [{ code: 'disk' }] })
})

it('is unhealthy when less is free than min_free_mb asks for', async () => {
  const storage = await openFiles({ min_free_mb: 1_000_000_000 })
  expect(await storage.getHealthStatus()).toMatchObject({
    status: 'unhealthy',
    reasons: [{ code: 'no-space' }],
  })
  await expect(storage.store('a', 1)).rejects.toMatchObject({ context: { reason: 'disk_space' } })
})

describe('a cloud', () => {
  async function s3Storage(changes: FileStorageConfig) {
    const standIn = await startS3()
    onTestFinished(async () => await standIn.close())
    const config = { ...s3Config(standIn.endpoint), local_storage_path: await tempDirectory() }
    return { standIn, storage: await openFiles({ ...config, maxRetries: 0, ...changes }) }
  }

  it('that is down makes the storage degraded, and it tells when that begins', async () => {
    const { standIn, storage } = await s3Storage({})
    await standIn.close()
    const codes = heardCodes()
    await storage.store('a', 1)
    await storage.store('b', 2)
    expect(codes).toEqual(['cloud-down'])
    expect(await storage.getHealthStatus()).toMatchObject({
      status: 'degraded',
      storing_locally: true,
      pending_uploads: 2,
      reasons: [{ code: 'cloud-down' }],
    })
  })

  it.each([
    [{ status: 503 }, 'cloud-down'],
    [{ status: 403 }, 'cloud-denied'],
  ])(
    'that answers %j without a fallback makes it unhealthy, until it serves',
    async (fault, code) => {
      const { standIn, storage } = await s3Storage({ enable_local_fallback: false })
      standIn.setFaults(() => fault)
      await expect(storage.store('a', 1)).rejects.toThrow()
      expect(await storage.getHealthStatus()).toMatchObject({
        status: 'unhealthy',
        gcs_available: false,
        reasons: [{ code }],
      })
      standIn.setFaults(undefined)
      expect(await storage.getHealthStatus({ askCloud: true })).toMatchObject({
        status: 'healthy',
        gcs_available: true,
      })
    },
  )

  it('that has no such bucket, or refuses, is noticed when it is asked, with a fallback too', async () => {
    const missing = await s3Storage({ s3BucketName: 'missing' })
    expect(await missing.storage.getHealthStatus()).toMatchObject({ status: 'healthy' })
    expect(await missing.storage.getHealthStatus({ askCloud: true })).toMatchObject({
      status: 'unhealthy',
      reasons: [{ code: 'no-bucket' }],
    })
    const refused = await s3Storage({ s3AccessKeyId: 'another-key' })
    await expect(refused.storage.store('a', 1)).rejects.toMatchObject({ code: 'FS-PERM-001' })
    expect(await refused.storage.getHealthStatus()).toMatchObject({
      status: 'unhealthy',
      storing_locally: false,
      reasons: [{ code: 'cloud-denied' }],
    })
  })

  it('that is asked by an unknown option is a TypeError', async () => {
    const { storage } = await s3Storage({})
    const options = { askClouds: true } as object
    await expect(storage.getHealthStatus(options)).rejects.toThrow(/askClouds/)
  })
})

import { rm } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { FileStorage } from '../../src/files/file-storage.js'
import { subscribe } from '../../src/observe/channels.js'
import { tempDirectory } from '../support/temp.js'
import { s3Config } from './cloud/subjects.js'
import { startS3 } from './cloud/standins/s3.mjs'
import { openFiles } from './support.js'

it.each(['native', 'portable'] as const)(
  'is unhealthy, and says why, when the directory is gone, on the %s disk',
  async (disk) => {
    const path = await tempDirectory()
    const storage = await FileStorage.open({ local_storage_path: path, disk })
    expect(await storage.getHealthStatus()).toMatchObject({ status: 'healthy', reasons: [] })
    await rm(path, { recursive: true })
    expect(await storage.getHealthStatus()).toMatchObject({
      status: 'unhealthy',
      reasons: [{ code: 'directory-missing' }],
    })
    await expect(storage.close()).rejects.toMatchObject({ context: { error: 'ENOENT' } })
    expect(await storage.getHealthStatus()).toMatchObject({ reasons: [{ code: 'not-open' }] })
  },
)

it('is degraded while the cloud is down, and tells when that begins', async () => {
  const standIn = await startS3()
  const local_storage_path = await tempDirectory()
  const config = { ...s3Config(standIn.endpoint), local_storage_path, max_retries: 0 }
  const storage = await openFiles(config)
  await standIn.close()
  const codes: string[] = []
  const stop = subscribe('warning', ({ code }) => void codes.push(code))
  await storage.store('a', 1)
  await storage.store('b', 2)
  stop()
  expect(codes).toEqual(['cloud-down'])
  expect(await storage.getHealthStatus()).toMatchObject({
    status: 'degraded',
    pending_uploads: 2,
    reasons: [{ code: 'cloud-down' }],
  })
})

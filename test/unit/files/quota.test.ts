import { describe, expect, it, onTestFinished } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { subscribe } from '../../../src/base/channels.js'
import { tempDirectory } from '../../support/temp.js'
import { startS3 } from './bucket/standins/s3.mjs'
import { s3Config } from './bucket/subjects.js'

const QUOTA = 10_000

async function openDuringOutage(storedBefore: number): Promise<{
  readonly storage: FileStorage
  readonly warnings: string[]
  setDown(isDown: boolean): void
}> {
  const standIn = await startS3()
  onTestFinished(async () => await standIn.close())
  const config = {
    ...s3Config(standIn.endpoint),
    local_storage_path: await tempDirectory(),
    quota_bytes: QUOTA,
    enable_compression: false,
    maxRetries: 0,
    timeoutSeconds: 2,
    breakerSeconds: 1,
  }
  const storage = await FileStorage.open(config)
  onTestFinished(async () => await storage.close())
  // What opening warns of depends on the file system.
  const warnings: string[] = []
  onTestFinished(subscribe('warning', ({ code }) => warnings.push(code)))
  if (storedBefore > 0) await storage.store('before', Buffer.alloc(storedBefore))
  const setDown = (isDown: boolean): void =>
    standIn.setFaults(isDown ? () => ({ status: 503 }) : undefined)
  setDown(true)
  return { storage, warnings, setDown }
}

describe('a quota while the cloud is down', () => {
  it('holds stores to what was known, and says so', async () => {
    const { storage, warnings, setDown } = await openDuringOutage(6000)
    expect((await storage.getStats()).quota).toMatchObject({ used_bytes: 6000, outdated: false })
    // A delete makes the next store count again, which fails now.
    await storage.delete('nothing')
    await storage.store('during', Buffer.alloc(3000))
    await expect(storage.store('more', Buffer.alloc(3000))).rejects.toMatchObject({
      code: 'FS-QUOTA-001',
      context: { used_bytes: 9000, needed_bytes: 3000, outdated: true },
    })
    expect((await storage.getStats()).quota).toMatchObject({
      quota_bytes: QUOTA,
      used_bytes: 9000,
      outdated: true,
    })
    expect(warnings).toEqual(['cloud-down', 'quota-uncounted'])
    setDown(false)
    await expect.poll(async () => (await storage.sync()).pending, { timeout: 20_000 }).toBe(0)
    await storage.delete('before')
    await storage.store('more', Buffer.alloc(6000))
    expect((await storage.getStats()).quota).toMatchObject({ used_bytes: 9000, outdated: false })
  })

  it('does not keep a storage from storing that was opened meanwhile: what is pending is known', async () => {
    const { storage, warnings } = await openDuringOutage(0)
    await storage.store('a', Buffer.alloc(6000))
    await storage.store('b', Buffer.alloc(3000))
    await expect(storage.store('c', Buffer.alloc(3000))).rejects.toMatchObject({
      code: 'FS-QUOTA-001',
      context: { outdated: true },
    })
    const { quota, pending_uploads: pending } = await storage.getStats()
    expect(quota).toMatchObject({ used_bytes: 9000, counted_at: undefined, outdated: true })
    expect(pending).toBe(2)
    expect(warnings).toEqual(['cloud-down', 'quota-uncounted'])
  })
})

it('a quota is not part of the statistics where there is none', async () => {
  await using storage = await FileStorage.open({ backend: 'memory' })
  expect((await storage.getStats()).quota).toBeUndefined()
})

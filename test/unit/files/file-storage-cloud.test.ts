import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished, describe, expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { codeOf } from './bucket/files.js'
import { KillableCloud } from './bucket/killable.js'
import { startS3 } from './bucket/standins/s3.mjs'
import { gcsConfig, s3Config } from './bucket/subjects.js'

const HASTE = { maxRetries: 0, timeoutSeconds: 2, breakerSeconds: 1 }

describe.each(['s3', 'gcs'] as const)('files in a bucket (%s)', (kind) => {
  it('outlive an outage: what was stored and deleted meanwhile reaches the cloud, and reads show it all along', async () => {
    const cloud = new KillableCloud(kind, await tempDirectory())
    await cloud.start()
    const bucket = kind === 's3' ? s3Config(cloud.endpoint) : gcsConfig(cloud.endpoint)
    const config = { ...bucket, ...HASTE, local_storage_path: await tempDirectory() }
    const files = await open(config)
    await files.store('kept.json', { n: 1 })
    await files.store('gone.txt', 'to be deleted')

    await cloud.kill()
    await files.store('kept.json', { n: 2 }, { by: 'fallback' })
    await files.store('new.bin', Buffer.from([1, 2, 3]))
    expect(await files.delete('gone.txt')).toBe(true)
    expect(await files.retrieve('kept.json')).toEqual({ n: 2 })
    expect(await files.retrieve('gone.txt')).toBeUndefined()
    expect(await files.getStats()).toMatchObject({
      gcs_available: false,
      pending_uploads: 2,
      pending_deletes: 1,
    })

    await cloud.start()
    await synced(files)
    expect(await files.getStats()).toMatchObject({ gcs_available: true, pending_uploads: 0 })
    const others = await open({ ...config, local_storage_path: await tempDirectory() })
    expect(await others.listKeys()).toEqual(['kept.json', 'new.bin'])
    expect(await others.retrieve('kept.json')).toEqual({ n: 2 })
    expect((await others.stat('kept.json'))?.metadata).toEqual({ by: 'fallback' })
  })

  it('are refused without a fallback while the service is down', async () => {
    const cloud = new KillableCloud(kind, await tempDirectory())
    await cloud.start()
    const bucket = kind === 's3' ? s3Config(cloud.endpoint) : gcsConfig(cloud.endpoint)
    const files = await open({ ...bucket, ...HASTE, enable_local_fallback: false })
    expect((await files.verifyBucketAccess()).ok).toBe(true)
    await files.store('a', 'text')
    await cloud.kill()
    // The first goes over a connection that was open: whether it has arrived cannot be told.
    const codes = ['FS-TIMEOUT-001', 'FS-UNAVAILABLE-001']
    expect(codes).toContain(await codeOf(files.store('a', 'other')))
    expect(await codeOf(files.store('a', 'other'))).toBe('FS-UNAVAILABLE-001')
    await cloud.start()
    await expect
      .poll(async () => await files.retrieve('a').catch(() => undefined), { timeout: 20_000 })
      .toBe('text')
  })
})

it('files in a bucket leave no directory open whose outbox cannot be read', async () => {
  const standIn = await startS3()
  onTestFinished(async () => await standIn.close())
  const local_storage_path = await tempDirectory()
  await (await open({ local_storage_path, disk: 'portable' })).close()
  await writeFile(join(local_storage_path, '.outbox'), 'of another program')
  const config = { ...s3Config(standIn.endpoint), local_storage_path, disk: 'portable' } as const
  await expect(FileStorage.open(config)).rejects.toThrow('ENOTDIR')
  expect(await readdir(local_storage_path)).not.toContain('.owner')
})

async function open(config: Parameters<typeof FileStorage.open>[0]): Promise<FileStorage> {
  const files = await FileStorage.open(config)
  onTestFinished(async () => await files.close())
  return files
}

/** A breaker may still be open at first. */
async function synced(files: FileStorage): Promise<void> {
  await expect.poll(async () => (await files.sync()).pending, { timeout: 20_000 }).toBe(0)
}

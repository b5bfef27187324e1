import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { LocalBackend } from '../../../src/files/local/backend.js'
import { MemoryBackend } from '../../../src/files/memory.js'
import { cloudOf, localDirectoryOf, openFileParts } from '../../../src/files/parts.js'
import { resolveFileStorageConfig, type FileStorageConfig } from '../../../src/files/config.js'
import { tempDirectory } from '../../support/temp.js'
import { openParts } from './support.js'
import { OutagePlace } from './fallback/place.js'

const KEY = Buffer.alloc(32, 1)
const open = async (config: FileStorageConfig): Promise<unknown> =>
  await openFileParts(
    resolveFileStorageConfig(config),
    () => undefined,
    () => 0,
  )

describe('the parts of a storage', () => {
  it('keep files where the configuration says', async () => {
    const memory = await openParts()
    expect(memory.backend).toBeInstanceOf(MemoryBackend)
    expect(localDirectoryOf(memory)).toBeUndefined()
    const path = await tempDirectory()
    const auto = { backend: 'auto', local_storage_path: path, disk: 'portable' } as const
    const local = await openParts(auto)
    expect(local.backend).toBeInstanceOf(LocalBackend)
    expect(localDirectoryOf(local)?.path).toBe(path)
    for (const parts of [memory, local]) {
      expect([parts.cloud, parts.fallback]).toEqual([undefined, undefined])
      expect(() => cloudOf(parts)).toThrow(/must name a bucket/)
    }
  })

  it('put a fallback over a bucket, with its pending files here, unless that is switched off', async () => {
    const { standIn } = await OutagePlace.make()
    const path = await tempDirectory()
    const bucket = {
      backend: 'auto',
      s3BucketName: 'files',
      s3Endpoint: standIn.endpoint,
      s3AccessKeyId: 'stand-in-key',
      s3SecretAccessKey: 'secret',
      storageDir: join(path, 'pending'),
      disk: 'portable',
    } as const
    const parts = await openParts(bucket)
    expect(parts.backend).toBe(parts.fallback)
    expect(cloudOf(parts)).toBe(parts.cloud)
    expect(localDirectoryOf(parts)?.path).toBe(join(path, 'pending'))
    const storageDir = join(path, 'none')
    const alone = await openParts({ ...bucket, storageDir, enableLocalFallback: false })
    expect(alone.backend).toBe(alone.cloud)
    expect(localDirectoryOf(alone)).toBeUndefined()
    expect(await readdir(path)).toEqual(['pending'])
  })

  it('are refused before anything is created on the disk', async () => {
    const path = await tempDirectory()
    const storageDir = join(path, 'new')
    for (const [config, message] of [
      [{ enableEncryption: true, encryptionKey: 'short' }, /32 bytes/],
      [{ encryptionOldKeys: { old: 'short' } }, /32 bytes/],
      [{ backend: 'cloud' }, /needs "gcsBucketName" or "s3BucketName"/],
      [{ gcsBucketName: 'a', s3BucketName: 'b' }, /exclude each other/],
    ] as const)
      await expect(open({ storageDir, ...config })).rejects.toThrow(message)
    expect(await readdir(path)).toEqual([])
  })

  it('release the directory when a key turns out to be the wrong one', async () => {
    const config = {
      backend: 'local',
      storageDir: await tempDirectory(),
      disk: 'portable',
      enableEncryption: true,
    } as const
    const first = await openParts({ ...config, encryptionKey: KEY })
    await first.backend.close()
    const close = vi.spyOn(LocalBackend.prototype, 'close')
    onTestFinished(() => close.mockRestore())
    const wrong = open({ ...config, encryptionKey: Buffer.alloc(32, 2) })
    await expect(wrong).rejects.toMatchObject({ context: { reason: 'wrong_key' } })
    expect(close).toHaveBeenCalledTimes(1)
  })

  it('have a cache only where it can hold something', async () => {
    expect((await openParts()).cache).toBeDefined()
    expect((await openParts({ useCache: false })).cache).toBeUndefined()
    expect((await openParts({ cacheBytes: 0 })).cache).toBeUndefined()
  })

  it('read with the keys of old files though nothing new is encrypted', async () => {
    const reading = await openParts({ encryptionOldKeys: { old: KEY } })
    expect(reading.pipeline.keyId).toBeUndefined()
    expect(reading.pipeline.keyring?.ids).toEqual(['old'])
    const storing = await openParts({
      enableEncryption: true,
      encryptionKey: KEY,
      encryptionOldKeys: { old: KEY },
    })
    expect(storing.pipeline.keyId).toBe('default')
    expect(storing.pipeline.keyring?.ids).toEqual(['old', 'default'])
    expect((await openParts()).pipeline.keyring).toBeUndefined()
  })
})

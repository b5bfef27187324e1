import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../../src/base/option-table.js'
import { MapFiles } from '../../../examples/backends/map-files.js'
import { DIRECTORY_OPTIONS } from '../../../src/engine/directory-options.js'
import { BUCKET_OPTIONS } from '../../../src/objects/bucket-options.js'
import {
  FILE_STORAGE_OPTION_NAMES,
  FILE_STORAGE_OPTIONS,
  IDLE_OPTIONS,
  LOCAL_OPTIONS,
  type FileStorageOptions,
} from '../../../src/files/file-storage-options.js'

const resolve = (given: FileStorageOptions) => resolveOptions(FILE_STORAGE_OPTIONS, given)
const MIB = 1024 * 1024

describe('the options of a file storage', () => {
  it('are those of the directory, of the bucket, without effect, and its own', () => {
    const parts = [...LOCAL_OPTIONS, ...Object.keys(BUCKET_OPTIONS), ...Object.keys(IDLE_OPTIONS)]
    expect(FILE_STORAGE_OPTION_NAMES).toEqual(expect.arrayContaining(parts))
    expect(new Set(FILE_STORAGE_OPTION_NAMES).size).toBe(FILE_STORAGE_OPTION_NAMES.length)
    expect(LOCAL_OPTIONS.filter((name) => !(name in DIRECTORY_OPTIONS))).toEqual([])
    expect(Object.keys(resolve({})).sort()).toEqual([...FILE_STORAGE_OPTION_NAMES].sort())
  })

  it('have the defaults that are written down', () => {
    expect(resolve({})).toMatchObject({
      backend: 'auto',
      minFreeMb: 100,
      enableLocalFallback: true,
      onConflict: 'keep-both',
      cacheBytes: 100 * MIB,
      cacheTtlSeconds: 3600,
      maxStalenessMs: 0,
      compression: 'gzip',
      compressionThresholdBytes: 1024,
      chunkBytes: 8192,
      enableEncryption: false,
      requireEncryption: undefined,
      encryptionKeyId: 'default',
      quotaBytes: undefined,
      maxRetrieveBytes: 1024 * MIB,
      sweepIntervalSeconds: 0,
      gcsLocation: 'US',
      cloudPrefix: '',
      maxRetries: 3,
      timeoutSeconds: 30,
      largeUploadBytes: 16 * MIB,
      breakerSeconds: 10,
    })
  })

  it.each<[keyof FileStorageOptions, number, number]>([
    ['chunkBytes', 1024, 1023],
    ['chunkBytes', 16 * MIB, 16 * MIB + 1],
    ['largeUploadBytes', 8 * MIB, 8 * MIB - 1],
    ['maxRetries', 0, 101],
    ['timeoutSeconds', 3600, 0],
    ['sweepIntervalSeconds', 2_147_483, 2_147_484],
    ['metricsPort', 65_535, 65_536],
    ['quotaBytes', 0, -1],
  ])('have bounds: %s may be %d, and not %d', (name, within, beyond) => {
    expect(resolve({ [name]: within })).toMatchObject({ [name]: within })
    expect(() => resolve({ [name]: beyond })).toThrow(RangeError)
    expect(() => resolve({ [name]: beyond })).toThrow(name)
  })

  it('take a backend of your own, and name what it lacks', () => {
    const backend = new MapFiles()
    expect(resolve({ backend })).toMatchObject({ backend })
    const lacking = { put: () => undefined, get: () => undefined } as never
    expect(() => resolve({ backend: lacking })).toThrow(/FileBackend.*without the method "head"/)
    expect(() => resolve({ backend: 'mapped' as never })).toThrow(/"backend"/)
  })

  it('never show a key, only its kind and its place', () => {
    for (const given of [
      { encryptionKey: 1234567 as never },
      { encryptionKey: { secret: 'hush-hush' } as never },
      { encryptionOldKeys: { old: ['hush-hush'] as never } },
      { s3SecretAccessKey: ['hush-hush'] as never },
    ]) {
      const [name = ''] = Object.keys(given)
      expect(() => resolve(given)).toThrow(name)
      expect(() => resolve(given)).not.toThrow(/hush|1234567/)
    }
    expect(() => resolve({ encryptionOldKeys: { old: '' } })).toThrow(/encryptionOldKeys\.old/)
    expect(resolve({ encryptionKey: null }).encryptionKey).toBeNull()
  })

  it('take ids of keys of 1 to 128 characters', () => {
    const longest = 'i'.repeat(128)
    expect(resolve({ encryptionKeyId: longest }).encryptionKeyId).toBe(longest)
    const key = Buffer.alloc(32)
    expect(resolve({ encryptionOldKeys: { [longest]: key } }).encryptionOldKeys).toEqual({
      [longest]: key,
    })
    for (const id of ['', `${longest}i`]) {
      expect(() => resolve({ encryptionKeyId: id })).toThrow(TypeError)
      expect(() => resolve({ encryptionOldKeys: { [id]: key } })).toThrow(TypeError)
    }
  })
})

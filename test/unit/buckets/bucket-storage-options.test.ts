import { describe, expect, it } from 'vitest'
import {
  BUCKET_SOURCE_OPTION_NAMES,
  resolveBucketStorageOptions,
} from '../../../src/buckets/bucket-storage-options.js'
import type { BucketStorageOptions } from '../../../src/buckets/index.js'

const resolve = (given: object) =>
  resolveBucketStorageOptions(given as BucketStorageOptions, 'BucketStorage.open')

describe('the options of a BucketStorage', () => {
  it('have the defaults that are written down, and those of every bucket and storage', () => {
    const { source, documents } = resolve({ s3BucketName: 'b', cacheSize: 7 })
    expect(source).toMatchObject({
      s3BucketName: 'b',
      cloudPrefix: '',
      maxRetries: 3,
      staleMs: 1000,
      pollIntervalMs: 1000,
      lockTimeoutMs: 10_000,
      abandonedMs: 3000,
      cacheDirBytes: 1024 * 1024 * 1024,
      create: true,
      readOnly: false,
    })
    expect(documents).toMatchObject({ cacheSize: 7 })
    expect(Object.keys(source).sort()).toEqual([...BUCKET_SOURCE_OPTION_NAMES].sort())
  })

  it('are refused by name', () => {
    const wrong: [object, RegExp][] = [
      [{}, /needs the option "s3BucketName" or "gcsBucketName"/],
      [{ s3BucketName: 'b', staleMs: -1 }, /Option "staleMs"/],
      [{ s3BucketName: 'b', cloudPrefix: 'a' }, /Option "cloudPrefix" must be '' or end with "\/"/],
      [{ s3BucketName: 'b', cloudPrefix: '/a/' }, /Option "cloudPrefix"/],
      [{ s3BucketName: 'b', cloudPrefix: 'a//b/' }, /Option "cloudPrefix"/],
      [{ s3BucketName: 'b', stale: 1 }, /"stale".*did you mean "staleMs"/],
      [{ s3BucketName: 'b', cacheDirBytes: 1000 }, /Option "cacheDirBytes"/],
      [{ s3BucketName: 'b', cacheSize: 0 }, /Option "cacheSize"/],
    ]
    for (const [given, message] of wrong)
      expect(() => resolve(given), String(message)).toThrow(message)
    expect(() => resolve(undefined as unknown as object)).toThrow(/needs the option/)
  })
})

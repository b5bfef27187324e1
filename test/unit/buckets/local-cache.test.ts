import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe, type BackgroundErrorMessage } from '../../../src/base/channels.js'
import { BucketStorage } from '../../../src/buckets/index.js'
import { LocalCache } from '../../../src/buckets/local-cache.js'
import { encodeVersionFile } from '../../../src/document/version-file.js'
import { FileSystemStorage } from '../../../src/index.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'
import { gcsBucket, LIKE_CEPH, s3Bucket, type TestBucket } from './support.js'

const TIME = '2024-02-29T01:02:03.004Z'

function textOf(author: string, schemaVersion = 1): Uint8Array {
  const document = sampleVersion('p', '1.0.0', { metadata: { author } })
  return encodeVersionFile(document, { checksum: true, savedAt: TIME, schemaVersion })
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const MANY_BYTES = 1024 * 1024 * 1024

async function cacheIn(directory: string, bytesMax = MANY_BYTES): Promise<LocalCache> {
  const cache = await LocalCache.open(directory, bytesMax)
  onTestFinished(async () => await cache.close())
  return cache
}

describe('a local cache', () => {
  it('returns the text with the digest that is asked for, byte for byte, and no other', async () => {
    const cache = await cacheIn(await tempDirectory())
    const [one, two] = [textOf('one'), textOf('two', 3)]
    expect(await cache.get('p', '1.0.0', digestOf(one))).toBeUndefined()
    await cache.keep('p', '1.0.0', one)
    expect(Buffer.from((await cache.get('p', '1.0.0', digestOf(one))) ?? [])).toEqual(one)
    expect(await cache.get('p', '1.0.0', digestOf(two))).toBeUndefined()
    await Promise.all([cache.keep('p', '1.0.0', two), cache.keep('p', '1.0.0', two)])
    expect(Buffer.from((await cache.get('p', '1.0.0', digestOf(two))) ?? [])).toEqual(two)
  })

  it('keeps nothing that is not whole', async () => {
    const cache = await cacheIn(await tempDirectory())
    const text = Buffer.from(Buffer.from(textOf('one')).toString().replace('one', 'two'))
    await cache.keep('p', '1.0.0', text)
    expect(await cache.get('p', '1.0.0', digestOf(text))).toBeUndefined()
  })

  it('holds no more than its bound, and removes last what was read last', async () => {
    const directory = await tempDirectory()
    const texts = Array.from({ length: 60 }, (_, at) => {
      const document = sampleVersion(`p${at % 7}`, `1.0.${at}`, {
        metadata: { author: 'a'.repeat(1000) },
      })
      return {
        document,
        bytes: encodeVersionFile(document, { checksum: true, savedAt: TIME, schemaVersion: 1 }),
      }
    })
    const [favourite] = texts
    if (favourite === undefined) throw new Error('There is no text')
    const bytesMax = 20 * favourite.bytes.length
    const cache = await LocalCache.open(directory, bytesMax)
    const isThere = async ({ document, bytes }: typeof favourite): Promise<boolean> => {
      const found = await cache.get(document.prompt_id, document.version, digestOf(bytes))
      return found !== undefined
    }
    for (const { document, bytes } of texts) {
      await cache.keep(document.prompt_id, document.version, bytes)
      // Read all the time, so it is never the one that was not read for the longest time.
      expect(await isThere(favourite)).toBe(true)
    }
    await cache.close()
    await using left = await FileSystemStorage.open({ storageDir: directory, readOnly: true })
    const { total_bytes: bytes, total_versions: count } = await left.getStorageStats({
      bytes: true,
    })
    // The last documents may have come after the last measurement.
    expect(bytes).toBeLessThanOrEqual(bytesMax + 4 * favourite.bytes.length)
    expect(count).toBeGreaterThan(5)
    expect(await left.listLabelMoves(favourite.document.prompt_id)).toEqual([])
  })

  it('bounds a directory that earlier processes have filled', async () => {
    const directory = await tempDirectory()
    const [one, two] = [textOf('one'), textOf('two')]
    const before = await LocalCache.open(directory, MANY_BYTES)
    for (let at = 0; at < 20; at++) {
      const document = sampleVersion('p', `2.0.${at}`)
      const bytes = encodeVersionFile(document, { checksum: true, savedAt: TIME, schemaVersion: 1 })
      await before.keep('p', `2.0.${at}`, bytes)
    }
    await before.close()
    const bytesMax = 4 * one.length
    const cache = await LocalCache.open(directory, bytesMax)
    await cache.keep('p', '1.0.0', two)
    await cache.close()
    const again = await cacheIn(directory)
    expect(Buffer.from((await again.get('p', '1.0.0', digestOf(two))) ?? [])).toEqual(two)
    await using left = await FileSystemStorage.open({ storageDir: directory, readOnly: true })
    const { total_bytes: bytes } = await left.getStorageStats({ bytes: true })
    expect(bytes).toBeLessThanOrEqual(bytesMax)
  })

  it('that is damaged is reported, and written again', async () => {
    const directory = await tempDirectory()
    const cache = await cacheIn(directory)
    const text = textOf('one')
    await cache.keep('p', '1.0.0', text)
    const file = join(directory, 'p/1.0.0.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('one', 'two'))
    const seen: BackgroundErrorMessage[] = []
    onTestFinished(subscribe('background-error', (message) => seen.push(message)))
    expect(await cache.get('p', '1.0.0', digestOf(text))).toBeUndefined()
    expect(seen.map(({ stage }) => stage)).toEqual(['cache'])
    await cache.keep('p', '1.0.0', text)
    expect(Buffer.from((await cache.get('p', '1.0.0', digestOf(text))) ?? [])).toEqual(text)
  })
})

describe.each<[string, () => Promise<TestBucket>]>([
  ['S3', s3Bucket],
  ['S3 with the conditions of Ceph', async () => await s3Bucket(LIKE_CEPH)],
  ['Google Cloud Storage', gcsBucket],
])('a storage on %s with a local cache', (_, make) => {
  it('fetches each document once, and never returns an old one', async () => {
    const { options, standIn } = await make()
    const cacheDir = await tempDirectory()
    const settings = { ...options, useCache: false, cacheDir }
    await using storage = await BucketStorage.open(settings)
    await using other = await BucketStorage.open({ ...options, useCache: false })
    const version = sampleVersion('p', '1.0.0')
    await storage.saveVersion(version)
    const isBody = (request: string): boolean =>
      /^GET .*p(?:\/|%2F)1\.0\.0\.json/i.test(request) &&
      !/^GET \/storage(?!.*alt=media)/.test(request)
    const bodies = () => standIn.requests.filter(isBody).length
    const begin = bodies()
    for (let read = 0; read < 3; read++)
      expect(await storage.getVersion('p', '1.0.0')).toEqual(version)
    expect(bodies() - begin).toBe(1)
    await other.deleteVersion('p', '1.0.0')
    expect(await storage.getVersion('p', '1.0.0')).toBeUndefined()
    const changed = sampleVersion('p', '1.0.0', { metadata: { author: 'another' } })
    await other.saveVersion(changed)
    expect(await storage.getVersion('p', '1.0.0')).toEqual(changed)
    await using again = await BucketStorage.open({ ...settings, readOnly: true })
    const after = bodies()
    expect(await again.getVersion('p', '1.0.0')).toEqual(changed)
    expect(bodies()).toBe(after)
    await using local = await FileSystemStorage.open({ storageDir: cacheDir, readOnly: true })
    expect(await local.getVersion('p', '1.0.0')).toEqual(changed)
  })
})

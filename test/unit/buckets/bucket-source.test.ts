import { describe, expect, it } from 'vitest'
import { BucketSource, BucketStorage } from '../../../src/buckets/index.js'
import { encodeVersionFile } from '../../../src/document/version-file.js'
import { FileSystemStorage } from '../../../src/index.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { documentOf, planOf } from '../../support/stored-documents.js'
import { tempDirectory } from '../../support/temp.js'
import { gcsBucket, s3Bucket } from './support.js'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const READ_ONLY = { code: 'FS-READONLY-001', context: { reason: 'read_only' } }

describe('a source in a bucket', () => {
  it('is named by the URL of its prefix', async () => {
    const { options } = await s3Bucket()
    const source = await BucketSource.open({ ...options, cloudPrefix: 'team/' })
    expect(source.place).toBe('s3://files/team/')
    await source.close()
    const gcs = await BucketSource.open((await gcsBucket()).options)
    expect(gcs.place).toBe('gs://files/')
    await gcs.close()
  })

  it('that is open for reading reads, and refuses every change', async () => {
    const { options } = await s3Bucket()
    const writer = await BucketSource.open(options)
    await writer.insert([documentOf('p', '1.0.0')], [])
    const reader = await BucketSource.open({ ...options, readOnly: true })
    expect(await reader.names('p')).toEqual(['1.0.0'])
    await expect(reader.insert([documentOf('p', '2.0.0')], [])).rejects.toMatchObject(READ_ONLY)
    const deleting = reader.transact(
      ['p'],
      planOf(() => ({ delete: ['1.0.0'] })),
    )
    await expect(deleting).rejects.toMatchObject(READ_ONLY)
    await reader.transact(
      ['p'],
      planOf(() => ({})),
    )
    await expect(reader.clear()).rejects.toMatchObject(READ_ONLY)
    await Promise.all([reader.close(), writer.close()])
  })

  it('refuses a version whose name the service would not accept, and sends nothing', async () => {
    const { options, standIn } = await s3Bucket()
    const source = await BucketSource.open({ ...options, cloudPrefix: `${'x'.repeat(1000)}/` })
    const begin = standIn.requests.length
    const long = documentOf('a-prompt-with-a-name', '1.0.0')
    await expect(source.insert([long], [])).rejects.toThrow(RangeError)
    expect(standIn.requests).toHaveLength(begin)
    await source.close()
  })

  it('saves one version in one request', async () => {
    const { open, standIn } = await s3Bucket()
    const source = new BucketSource(await open())
    const begin = standIn.requests.length
    expect(await source.insert([documentOf('p', '1.0.0')], [])).toBeUndefined()
    expect(standIn.requests.slice(begin)).toHaveLength(1)
    const [taken] = [await source.insert([documentOf('p', '1.0.0', 'other')], [])]
    expect(taken).toMatchObject({ kind: 'taken', documents: [{ promptId: 'p', version: '1.0.0' }] })
  })
})

describe('the objects of a bucket', () => {
  it('are the files of a store in a directory, once they are copied there', async () => {
    const { options, standIn } = await s3Bucket()
    const storage = await BucketStorage.open(options)
    const saved = ['1.0.0', '1.1.0'].map((version) => sampleVersion('a/b', version))
    for (const version of saved) await storage.saveVersion(version)
    await storage.close()
    const directory = await tempDirectory()
    for (const name of ['a%2fb/1.0.0.json', 'a%2fb/1.1.0.json']) {
      const url = `${standIn.endpoint}/files/${name.replaceAll('%', '%25')}`
      const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=stand-in-key/x' }
      const response = await fetch(url, { headers })
      await mkdir(dirname(join(directory, name)), { recursive: true })
      await writeFile(join(directory, name), Buffer.from(await response.arrayBuffer()))
    }
    await using copy = await FileSystemStorage.open({ storageDir: directory, adopt: true })
    expect(await copy.listVersions('a/b')).toEqual(saved)
    expect(encodeVersionFile(sampleVersion('a/b', '1.0.0')).length).toBeGreaterThan(100)
  })
})

import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/buckets/bucket.js'
import { BucketSource } from '../../../src/buckets/index.js'
import { preparedFor } from '../../../src/buckets/head-state.js'
import { documentOf, planOf } from '../../support/stored-documents.js'
import { gcsBucket, LIKE_CEPH, s3Bucket, type TestBucket } from './support.js'

describe.each<[string, () => Promise<TestBucket>]>([
  ['S3', s3Bucket],
  ['S3 with the conditions of Ceph', async () => await s3Bucket(LIKE_CEPH)],
  ['Google Cloud Storage', gcsBucket],
])('the object of a version on %s', (_, make) => {
  it('is created once, by one of many', async () => {
    const { documents } = await (await make()).open()
    const saves = await Promise.all(
      ['one', 'two', 'three'].map(async (text) => {
        return await documents.save(documentOf('p', '1.0.0', text))
      }),
    )
    expect(saves.filter((save) => 'saved' in save)).toHaveLength(1)
    const texts = saves.flatMap((save) => ('bytes' in save ? [Buffer.from(save.bytes)] : []))
    expect(new Set(texts.map(String)).size).toBe(1)
  })

  it('is created again in the place of one that was deleted', async () => {
    const parts = await (await make()).open()
    const source = new BucketSource(parts)
    for (const text of ['first', 'second', 'third']) {
      expect(await parts.documents.save(documentOf('p', '1.0.0', text))).toHaveProperty('saved')
      const [found] = await source.get('p', ['1.0.0'])
      expect(Buffer.from(found?.bytes ?? []).toString()).toBe(text)
      await source.transact(
        ['p'],
        planOf(() => ({ delete: ['1.0.0'] })),
      )
      expect(await source.get('p', ['1.0.0'])).toEqual([])
    }
  })

  it('takes the place of one whose removal was not finished', async () => {
    const parts = await (await make()).open()
    const { documents, reader, heads } = parts
    await documents.save(documentOf('p', '1.0.0', 'old'))
    const id = (await reader.object('p', '1.0.0'))?.metadata['holdfast-id'] ?? ''
    const head = await heads.read('p')
    const removed = new Map([['1.0.0', [{ id, at: '2025-01-17T10:30:00.000Z' }]]])
    await heads.swap(head, { ...head.state, changes: 1, removed })
    expect(await reader.names('p')).toEqual([])
    expect(await documents.save(documentOf('p', '1.0.0', 'new'))).toHaveProperty('saved')
    const [found] = await reader.get('p', ['1.0.0'])
    expect(Buffer.from(found?.bytes ?? []).toString()).toBe('new')
  })
})

describe('the object of a version', () => {
  it('is pending while its transaction is, and its number free after that was given up', async () => {
    const { documents, heads, reader } = await (await s3Bucket()).open({ abandonedMs: 200 })
    const head = await heads.read('p')
    const saves = ['1.0.0']
    const prepared = { id: 't', isShared: false, saves, after: head.state }
    await heads.swap(head, preparedFor(head.state, prepared))
    const pending = documentOf('p', '1.0.0', 'pending')
    const other = documentOf('p', '1.0.0', 'other')
    expect(await documents.place(pending, { id: 't', isPending: true })).toBeTypeOf('object')
    expect(await documents.place(other, { id: newId(), isPending: false })).toBe('pending')
    expect(await reader.names('p')).toEqual([])
    expect(await documents.save(other)).toHaveProperty('saved')
    const [found] = await reader.get('p', ['1.0.0'])
    expect(Buffer.from(found?.bytes ?? []).toString()).toBe('other')
  })

  it('keeps the given time of the commit, or that there is none', async () => {
    const { documents, reader } = await (await s3Bucket()).open()
    const time = '2020-02-02T02:02:02.222Z'
    await documents.save(documentOf('p', '1.0.0', 'a', time))
    await documents.save(documentOf('p', '1.1.0', 'b', null))
    const { versions } = await reader.past('p')
    expect([...versions.values()]).toEqual([time, null])
  })

  it('is beside the id of its prompt, where its name is a hash', async () => {
    const { documents, bucket, names } = await (await s3Bucket()).open()
    const long = 'x'.repeat(700)
    await documents.keepId(long)
    await documents.keepId(long)
    const found = await bucket.read(names.promptFile(long) ?? '')
    expect(JSON.parse(Buffer.from(found?.bytes ?? []).toString())).toEqual({ prompt_id: long })
  })

  it.each([
    ['reset' as const, 'unknown'],
    ['lost' as const, 'unknown'],
  ])('has an unknown outcome when the service never answers: %s', async (fault, outcome) => {
    const { standIn, open } = await s3Bucket()
    const { documents } = await open({ maxRetries: 1 })
    standIn.setFaults(() => fault)
    await expect(documents.save(documentOf('p', '1.0.0'))).rejects.toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { outcome },
    })
  })

  it('was not created when the service has refused the request', async () => {
    const { standIn, open } = await s3Bucket()
    const { documents } = await open({ maxRetries: 0 })
    standIn.setFaults(() => ({ status: 429 }))
    await expect(documents.save(documentOf('p', '1.0.0'))).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      context: { outcome: 'none' },
    })
  })
})

import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/buckets/bucket.js'
import { BucketSource } from '../../../src/buckets/index.js'
import { documentOf, planOf } from '../../support/stored-documents.js'
import { gcsBucket, LIKE_CEPH, s3Bucket, type TestBucket } from './support.js'

const LONG = 'long '.repeat(100)

async function filled(bucket: TestBucket) {
  const parts = await bucket.open()
  const source = new BucketSource(parts)
  for (const version of ['1.0.0', '1.1.0']) await source.insert([documentOf('p', version)], [])
  await source.insert([documentOf(LONG, '1.0.0')], [])
  return { ...parts, source }
}

describe.each<[string, () => Promise<TestBucket>]>([
  ['S3', s3Bucket],
  ['S3 with the conditions of Ceph', async () => await s3Bucket(LIKE_CEPH)],
  ['Google Cloud Storage', gcsBucket],
])('reading prompts on %s', (_, make) => {
  it('returns names, texts and times of what is there', async () => {
    const { reader } = await filled(await make())
    expect(await reader.names('p')).toEqual(['1.0.0', '1.1.0'])
    const [found, ...others] = await reader.get('p', ['1.1.0', '9.0.0'])
    expect(others).toEqual([])
    expect(found).toMatchObject({ version: '1.1.0' })
    expect(Buffer.from(found?.bytes ?? []).toString()).toBe('1.1.0')
    const { versions, history } = await reader.past('p')
    expect(versions.get('1.1.0')).toBe(found?.savedAt)
    expect(history).toEqual([])
    expect(await reader.head('p')).toBeUndefined()
  })

  it('knows the ids of prompts with versions, those behind a hash too', async () => {
    const { reader, source } = await filled(await make())
    expect(new Set(await reader.ids())).toEqual(new Set(['p', LONG]))
    await source.transact(
      ['p'],
      planOf(() => ({ delete: ['1.0.0', '1.1.0'] })),
    )
    expect(await reader.ids()).toEqual([LONG])
    expect(new Set(await reader.pastIds())).toEqual(new Set(['p', LONG]))
    expect(new Set(await reader.allIds())).toEqual(new Set(['p', LONG]))
  })

  it('does not show an object that a late request has left', async () => {
    const { reader, source, bucket, names } = await filled(await make())
    const object = await reader.object('p', '1.0.0')
    await source.transact(
      ['p'],
      planOf(() => ({ delete: ['1.0.0'] })),
    )
    const name = names.version('p', '1.0.0')
    const marker = await bucket.head(name)
    const precondition = marker === undefined ? 'absent' : { version: marker.version }
    const id = object?.metadata['holdfast-id'] ?? ''
    await bucket.write({ name, bytes: Buffer.from('late'), id, precondition })
    expect(await reader.names('p')).toEqual(['1.1.0'])
    expect(await reader.get('p', ['1.0.0'])).toEqual([])
  })
})

describe('the objects of others', () => {
  it('are neither versions nor prompts', async () => {
    const { reader, bucket } = await filled(await s3Bucket())
    for (const name of [
      'p/notes.txt',
      'p/1.2.0.json.bak',
      'readme',
      `~${'0'.repeat(64)}/1.0.0.json`,
    ])
      await bucket.write({ name, bytes: Buffer.from('x'), id: newId(), precondition: 'absent' })
    expect(await reader.names('p')).toEqual(['1.0.0', '1.1.0'])
    expect(new Set(await reader.ids())).toEqual(new Set(['p', LONG]))
  })

  it('of the form of a version are versions without a time, as files that were copied there', async () => {
    const { source, standIn } = await (async () => {
      const bucket = await s3Bucket()
      return { ...(await filled(bucket)), standIn: bucket.standIn }
    })()
    const response = await fetch(`${standIn.endpoint}/files/p/2.0.0.json`, {
      method: 'PUT',
      body: '{}',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=stand-in-key/x' },
    })
    expect(response.ok).toBe(true)
    expect(await source.names('p')).toContain('2.0.0')
    expect((await source.past('p')).versions.get('2.0.0')).toBeNull()
  })
})

describe('what is read in many steps', () => {
  it('is of one moment, though the prompt changes meanwhile', async () => {
    const { reader, source } = await filled(await s3Bucket())
    const changing = (async () => {
      for (let at = 0; at < 8; at++)
        await source.transact(
          ['p'],
          planOf(({ versions }) => ({
            save: [documentOf('p', `2.${at}.0`)],
            delete: [versions.at(-1) ?? ''],
          })),
        )
    })()
    const seen: number[] = []
    for (let at = 0; at < 12; at++) seen.push((await reader.names('p')).length)
    await changing
    expect(new Set(seen)).toEqual(new Set([2]))
  })

  it('begins with a look that has nothing under way', async () => {
    const { reader } = await filled(await s3Bucket())
    const look = await reader.look('p')
    expect(look.versions).toEqual(['1.0.0', '1.1.0'])
    expect(look.head.state.prepared).toBeUndefined()
    const current = await reader.current('p')
    expect([...current.versions.keys()]).toEqual(look.versions)
    expect(current.headTag).toBe('')
  })

  it('lists objects, and heads after them', async () => {
    const { reader, source, names } = await filled(await s3Bucket())
    await source.transact(
      ['p'],
      planOf(() => ({ delete: ['1.0.0'] })),
    )
    const { directories, heads } = await reader.scan()
    expect([...(directories.get('p') ?? [])].map(([version]) => version)).toEqual(['1.1.0'])
    expect(heads.get('p')).toMatchObject({ isSettled: false })
    expect(await reader.promptId(names.directory(LONG))).toBe(LONG)
    expect(await reader.promptId(`~${'0'.repeat(64)}`)).toBeUndefined()
  })
})

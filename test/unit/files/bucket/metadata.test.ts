import { describe, expect, it } from 'vitest'
import {
  encodeMetadata,
  keysMetadata,
  STORE_MARKS,
  storedFile,
} from '../../../../src/files/bucket/metadata.js'
import type { StoredObject } from '../../../../src/objects/service.js'
import { documentOf } from './files.js'

const STORE_ID = '0123456789abcdef0123456789abcdef'
const document = documentOf('a/b', Buffer.from('content'), { metadata: { name: 'Zoë  😀   "x"' } })

const objectOf = (metadata: Readonly<Record<string, string>>): StoredObject => ({
  name: 'prefix/a/b',
  version: '7',
  bytes: 70,
  metadata,
})

describe('the metadata of an object', () => {
  it('holds the document without its key, as ASCII without runs of spaces', () => {
    const metadata = encodeMetadata(document, STORE_ID, 2048)
    const text = Object.values(metadata).join('')
    expect(text).toMatch(/^[\x20-\x7e]*$/)
    expect(text).not.toMatch(/ {2}|"key"/)
    expect(storedFile('s3', 'a/b', objectOf(metadata))).toEqual({
      key: 'a/b',
      etag: STORE_ID,
      storedBytes: 70,
      modifiedMs: Date.parse(document.updated_at),
      document,
    })
  })

  it('gives each store another etag: of S3 its id, of Google the generation', () => {
    const object = objectOf(encodeMetadata(document, STORE_ID, 2048))
    expect(storedFile('s3', 'a/b', object)?.etag).toBe(STORE_ID)
    expect(storedFile('gcs', 'a/b', object)?.etag).toBe('7')
    expect(STORE_MARKS.attemptOf(object.metadata)).toBe(STORE_ID)
  })

  it('has as many bytes as the service allows, names included, and not one more', () => {
    const metadata = encodeMetadata(document, STORE_ID, 2048)
    const bytes = Object.entries(metadata).flat().join('').length
    expect(encodeMetadata(document, STORE_ID, bytes)).toEqual(metadata)
    expect(() => encodeMetadata(document, STORE_ID, bytes - 1)).toThrow(RangeError)
    expect(() => encodeMetadata(document, STORE_ID, bytes - 1)).toThrow(`got ${bytes}`)
  })

  it('of a deleted file is neither a file nor a foreign object', () => {
    const deleted = objectOf(STORE_MARKS.deleted(STORE_ID))
    expect(storedFile('s3', 'a/b', deleted)).toBeUndefined()
    expect(STORE_MARKS.attemptOf(deleted.metadata)).toBe(STORE_ID)
  })

  it.each([
    ['another program', {}],
    ['the records of keys', keysMetadata(STORE_ID)],
    ['a cut document', { holdfast: '{"format":1', 'holdfast-store': STORE_ID }],
    ['a document of another format', { holdfast: '{"format":9}', 'holdfast-store': STORE_ID }],
    ['a document without the id of its store', { holdfast: '{}' }],
  ])('of %s fails a read, and is left out of a list', (_, metadata: Record<string, string>) => {
    const object = objectOf(metadata)
    expect(storedFile('s3', 'a/b', object, 'skip')).toBeUndefined()
    expect(() => storedFile('s3', 'a/b', object)).toThrow(
      expect.objectContaining({
        code: 'FS-LOAD-002',
        context: { key: 'a/b', name: 'prefix/a/b', reason: 'foreign' },
      }) as Error,
    )
  })
})

import { describe, expect, it } from 'vitest'
import { FormatError } from '../../../src/base/errors.js'
import { documentOf } from '../../../src/files/conformance/subject.js'
import { isExpired, parseFileDocument, SCRYPT } from '../../../src/files/document.js'

const plain = documentOf('a/b', Buffer.from('content'))
const encryption = {
  algorithm: 'aes-256-gcm-chunked',
  key_id: 'k',
  chunk_bytes: 8192,
  salt: `${'A'.repeat(43)}=`,
} as const
const kdf = { name: 'scrypt', salt: 'A'.repeat(22), ...SCRYPT } as const
const sealed = { ...plain, format: 2, encryption, version: 1, mac: encryption.salt } as const
const json = (value: object): unknown => JSON.parse(JSON.stringify(value))

describe('the document of a file', () => {
  it('is read as it was written, in both formats', () => {
    for (const document of [plain, sealed, { ...plain, encryption: { ...encryption, kdf } }])
      expect(parseFileDocument(json(document))).toEqual(document)
  })

  it.each([
    ['a key that is none', { key: 'a//b' }],
    ['another kind', { kind: 'picture' }],
    ['a size below zero', { bytes: -1 }],
    ['a digest in upper case', { digest: plain.digest.toUpperCase() }],
    ['an unknown codec', { compression: 'brotli' }],
    ['metadata that is a list', { metadata: [] }],
    ['a time with a zone', { updated_at: '2026-01-02T03:04:05.678+01:00' }],
    ['a field of a later version', { owner: 'me' }],
    ['an unknown format', { format: 3 }],
    ['format 2 without encryption', { format: 2, version: 1, mac: encryption.salt }],
    ['an encryption of another kind', { encryption: { ...encryption, algorithm: 'rot13' } }],
    ['chunks that fill the memory', { encryption: { ...encryption, chunk_bytes: 2 ** 30 } }],
  ])('is refused with %s', (_, changes) => {
    expect(() => parseFileDocument(json({ ...plain, ...changes }))).toThrow(FormatError)
  })

  it('is refused in format 2 without its MAC, or with a MAC that is too short', () => {
    expect(() => parseFileDocument(json({ ...sealed, mac: undefined }))).toThrow(FormatError)
    expect(() => parseFileDocument(json({ ...sealed, mac: 'AAAA' }))).toThrow(FormatError)
  })

  it('cannot make a reader compute for long: the work of a derivation has a bound', () => {
    const withKdf = (changes: object): unknown =>
      json({ ...plain, encryption: { ...encryption, kdf: { ...kdf, ...changes } } })
    expect(parseFileDocument(withKdf({ parallelization: 4 })).encryption?.kdf).toBeDefined()
    for (const changes of [{ parallelization: 5 }, { cost: 2 ** 20 }, { cost: 2 ** 21 }])
      expect(() => parseFileDocument(withKdf(changes))).toThrow(FormatError)
  })

  it('expires at its time, not a millisecond before, and never without one', () => {
    const expiring = { ...plain, expires_at: '2026-01-02T03:04:05.678Z' }
    const at = Date.parse(expiring.expires_at)
    expect(isExpired(expiring, at - 1)).toBe(false)
    expect(isExpired(expiring, at)).toBe(true)
    expect(isExpired(plain, Number.MAX_SAFE_INTEGER)).toBe(false)
  })
})

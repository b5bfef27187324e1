import { describe, expect, it } from 'vitest'
import { parseMetadata } from '../../src/versions/store-metadata.js'

const metadata = {
  format: 'holdfast-versions',
  format_version: 1,
  created_at: '2026-11-21T07:25:48.631Z',
  sharding: { enabled: false, depth: 0, hash: 'sha256' },
  checksum: 'sha256',
  id_encoding: 'plain',
}
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

describe('the metadata of a store', () => {
  it('come back as they were written', () => {
    expect(parseMetadata(bytesOf(metadata))).toEqual(metadata)
    const sharding = { ...metadata.sharding, enabled: true, depth: 2 }
    expect(parseMetadata(bytesOf({ ...metadata, sharding })).sharding).toEqual(sharding)
  })

  it.each([
    ['sharding without a depth', { sharding: { enabled: true, depth: 0, hash: 'sha256' } }],
    ['a depth without sharding', { sharding: { enabled: false, depth: 2, hash: 'sha256' } }],
    ['a depth that no store has', { sharding: { enabled: true, depth: 5, hash: 'sha256' } }],
    ['another format', { format: 'holdfast' }],
    ['another version', { format_version: 3 }],
    [
      'a feature that this version does not know',
      { format_version: 2, requires: ['prerelease', 'moon'] },
    ],
    ['a list of features that is none', { requires: 'prerelease' }],
    ['another encoding of ids', { id_encoding: 'base64' }],
  ])('are refused with %s, by their code', (_, change) => {
    const attempt = (): unknown => parseMetadata(bytesOf({ ...metadata, ...change }))
    expect(attempt).toThrow(expect.objectContaining({ code: 'FS-FORMAT-001' }))
  })
})

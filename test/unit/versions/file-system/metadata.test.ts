import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import {
  amendMetadata,
  parseMetadata,
  withFeature,
} from '../../../../src/versions/file-system/metadata.js'
import { tempDirectory } from '../../../support/temp.js'
import { lateReading } from './meddled-disk.js'

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
    ['a schema that is a text', { schema: 'prompts' }],
    ['a schema whose name is no text', { schema: { name: { toString: 1 }, version: 1 } }],
    ['a schema without a name', { schema: { name: '', version: 1 } }],
    ['a schema with a name that fills a screen', { schema: { name: 'x'.repeat(201), version: 1 } }],
    ['a schema without a version', { schema: { name: 'prompts' } }],
    ['a schema of version 0', { schema: { name: 'prompts', version: 0 } }],
    ['a schema of version 1.5', { schema: { name: 'prompts', version: 1.5 } }],
    ['a schema of a huge version', { schema: { name: 'prompts', version: 1e21 } }],
  ])('are refused with %s, by their code', (_, change) => {
    const attempt = (): unknown => parseMetadata(bytesOf({ ...metadata, ...change }))
    expect(attempt).toThrow(expect.objectContaining({ code: 'FS-FORMAT-001' }))
  })

  it('keep what a later program has written into them', async () => {
    const later = { ...metadata, schema: { name: 'prompts', version: 1 }, colour: 'red' }
    expect(withFeature(parseMetadata(bytesOf(later)), 'prerelease')).toEqual({
      ...later,
      format_version: 2,
      requires: ['prerelease'],
    })
  })

  it('have both changes when another process makes one meanwhile', async () => {
    const storageDir = await tempDirectory()
    await (await FileSystemStorage.open({ storageDir })).close()
    await using other = await DurableDirectory.open(storageDir)
    const disk = lateReading('.metadata.json', async () => {
      await amendMetadata(other, (found) => withFeature(found, 'prerelease'))
    })
    await using directory = await DurableDirectory.open(storageDir, { disk })
    await amendMetadata(directory, (found) => withFeature(found, 'schema-version'))
    const found = await amendMetadata(directory, (metadata) => metadata)
    expect(found?.requires).toEqual(['prerelease', 'schema-version'])
  })
})

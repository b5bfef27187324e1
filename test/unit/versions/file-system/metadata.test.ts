import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Store } from '../../../../src/engine/store.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import {
  amendMetadata,
  parseMetadata,
  requireFeature,
} from '../../../../src/versions/file-system/metadata.js'
import { decodeVersionFile } from '../../../../src/document/version-file.js'
import { tempDirectory } from '../../../support/temp.js'
import { lateReading } from '../../../support/intercepted-disk.js'
import { subscribe, type WarningMessage } from '../../../../src/base/channels.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { failure, openStore } from '../../../proof/faults/support.js'
import { Peer } from '../../../proof/processes/peers.js'
import { first, markOf, NEW, OLD, oldStore, open, UPGRADED } from '../schema-fixtures.js'

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
    ['a schema whose name is not a text', { schema: { name: { toString: 1 }, version: 1 } }],
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
    const storageDir = await tempDirectory()
    const later = { ...metadata, schema: { name: 'prompts', version: 1 }, colour: 'red' }
    await using directory = await Store.open(storageDir)
    await directory.commit([{ kind: 'create', path: '.metadata.json', bytes: bytesOf(later) }])
    const required = { ...later, format_version: 2, requires: ['prerelease'] }
    expect(await requireFeature(directory, 'prerelease')).toEqual(required)
    expect(await markOf(storageDir)).toEqual(required)
  })

  it('say since when commit times are kept in a store of before, which goes on', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-11-21T08:00:00.000Z'), toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const storageDir = await tempDirectory()
    await (await FileSystemStorage.open({ storageDir, minFreeMb: 0 })).close()
    const path = join(storageDir, '.metadata.json')
    // As the file system here needs it.
    const { id_encoding: encoding } = await markOf(storageDir)
    const before = { ...metadata, id_encoding: encoding, colour: 'red' }
    await writeFile(path, JSON.stringify(before))
    await using storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await storage.saveVersion(sampleVersion('p', '1.0.1'))
    expect(await markOf(storageDir)).toEqual({
      ...before,
      format_version: 2,
      requires: ['commit-times'],
      history: { since: '2026-11-21T08:00:00.000Z', reason: 'older_program' },
    })
  })

  it.each([{}, { since: 'yesterday', reason: 'x' }, { since: '2026-11-21T08:00:00.000Z' }, 5])(
    'are refused where they say since when in another form: %j',
    (history) => {
      const attempt = (): unknown => parseMetadata(bytesOf({ ...metadata, history }))
      expect(attempt).toThrow(expect.objectContaining({ code: 'FS-FORMAT-001' }))
    },
  )

  it('have both changes when another process makes one meanwhile', async () => {
    const storageDir = await tempDirectory()
    await (await FileSystemStorage.open({ storageDir })).close()
    await using other = await Store.open(storageDir)
    const disk = lateReading('.metadata.json', async () => {
      await requireFeature(other, 'prerelease')
    })
    await using directory = await Store.open(storageDir, { disk })
    await requireFeature(directory, 'schema-version')
    const found = await amendMetadata(directory, (metadata) => metadata)
    expect(found?.requires).toEqual(['commit-times', 'prerelease', 'schema-version'])
  })
})

/** The warnings of the schema from now on. */
function warnings(): WarningMessage[] {
  const heard: WarningMessage[] = []
  const stop = subscribe('warning', (message) => {
    if (message.code === 'schema') heard.push(message)
  })
  onTestFinished(stop)
  return heard
}

describe('the schema in the mark of a store', () => {
  it('is there with the first save, by name and version, and files are as they were', async () => {
    const plain = await oldStore({ schemaInfo: undefined })
    const storageDir = await oldStore()
    expect(await markOf(plain)).not.toHaveProperty('schema')
    expect(await markOf(storageDir)).toMatchObject({
      requires: ['commit-times'],
      schema: { name: 'notes', version: 1 },
    })
    const files = [plain, storageDir].map((directory) => join(directory, 'p', '1.0.0.json'))
    const [before, after] = await Promise.all(files.map(async (file) => await readFile(file)))
    const [decoded, other] = [before, after].map((bytes) =>
      decodeVersionFile(bytes ?? new Uint8Array(0)),
    )
    expect(other).toEqual({ ...decoded, savedAt: expect.any(String) as string })
  })

  it('moves up with the first save under a later version, not with opening or reading', async () => {
    const storageDir = await oldStore()
    const storage = await open(storageDir)
    await storage.getVersion('p', '1.0.0')
    expect((await markOf(storageDir))['schema']).toEqual({ name: 'notes', version: 1 })
    await storage.saveVersion(NEW)
    expect(await markOf(storageDir)).toMatchObject({
      format_version: 2,
      requires: ['commit-times', 'schema-version'],
      schema: { name: 'notes', version: 2 },
    })
    expect(
      JSON.parse(Buffer.from((await storage.readRaw('p', '2.0.0')) ?? []).toString()),
    ).toMatchObject({
      $schema_version: 2,
    })
    expect((await storage.getStorageStats()).schema).toEqual({ name: 'notes', version: 2 })
    expect((await storage.doctor()).schema).toEqual({ name: 'notes', version: 2 })
  })

  it('stays when an earlier version saves, whose documents are of that version', async () => {
    const storageDir = await oldStore()
    await (await open(storageDir)).saveVersion(NEW)
    await using earlier = await FileSystemStorage.open({ storageDir, ...first })
    await earlier.saveVersion({ ...OLD, version: '1.0.1' })
    expect((await markOf(storageDir))['schema']).toEqual({ name: 'notes', version: 2 })
    const read = await (await open(storageDir)).getVersion('p', '1.0.1')
    expect(read).toEqual({ ...UPGRADED, version: '1.0.1' })
  })

  it('warns an opener with another name or an earlier version, and no other', async () => {
    const storageDir = await oldStore()
    await (await open(storageDir)).saveVersion(NEW)
    const heard = warnings()
    await open(storageDir)
    await open(storageDir, { schemaInfo: { name: 'notes', version: 3 } })
    await open(storageDir, { schemaInfo: undefined })
    expect(heard).toEqual([])
    const earlier = await open(storageDir, { schemaInfo: { name: 'notes', version: 1 } })
    await open(storageDir, { schemaInfo: { name: 'prompts', version: 2 }, readOnly: true })
    expect(heard.map(({ message }) => message)).toEqual([
      'The documents are of schema "notes", version 2, and this program has "notes", version 1: what it reads may not be what it expects',
      'The documents are of schema "notes", version 2, and this program has "prompts", version 2: what it reads may not be what it expects',
    ])
    expect((await earlier.doctor()).problems.join()).toContain(
      'this program has "notes", version 1',
    )
  })

  it('warns a program that names none once, before it saves where a later one has saved', async () => {
    const storageDir = await oldStore()
    await (await open(storageDir)).saveVersion(NEW)
    const heard = warnings()
    const unnamed = await open(storageDir, {})
    await unnamed.saveVersion({ ...NEW, version: '2.0.1' })
    await unnamed.saveVersion({ ...NEW, version: '2.0.2' })
    expect(heard.map(({ message }) => message)).toEqual([
      'The documents are of schema "notes", version 2, and this program names none (option "schemaInfo"): what it saves counts as of version 1',
    ])
  })

  it('is taken over by another name with a later version', async () => {
    const storageDir = await oldStore()
    const renamed = { schemaInfo: { name: 'memos', version: 2 } }
    await (await open(storageDir, renamed)).saveVersion(NEW)
    const heard = warnings()
    await open(storageDir, renamed)
    expect(heard).toEqual([])
    expect((await markOf(storageDir))['schema']).toEqual({ name: 'memos', version: 2 })
  })

  it('refuses a store whose mark names no schema that can be', async () => {
    const storageDir = await oldStore()
    const mark = join(storageDir, '.metadata.json')
    const metadata = await markOf(storageDir)
    for (const schema of [{ name: 5, version: 1 }, { name: 'notes', version: 1e300 }, null, []]) {
      await writeFile(mark, JSON.stringify({ ...metadata, schema }))
      expect(await failure(open(storageDir))).toMatchObject({
        code: 'FS-FORMAT-001',
        context: { reason: 'metadata' },
      })
    }
  })

  it('is told again after the mark was lost, by the next save', async () => {
    const storageDir = await oldStore()
    await (await open(storageDir)).saveVersion(NEW)
    await rm(join(storageDir, '.metadata.json'))
    const storage = await open(storageDir)
    expect(await storage.listVersions('p')).toEqual([UPGRADED, NEW])
    await storage.saveVersion({ ...NEW, version: '2.0.1' })
    expect(await markOf(storageDir)).toMatchObject({
      requires: ['commit-times', 'schema-version'],
      schema: { name: 'notes', version: 2 },
    })
  })
})

describe('processes with different versions of a schema', () => {
  it('see each other’s documents, each by its own version', async () => {
    const storageDir = await tempDirectory()
    const info = { name: 'prompts', version: 1 }
    const peer = await Peer.start({ storageDir, minFreeMb: 0, schemaInfo: info })
    await peer.call('save', 'p', '1.0.0', 'old')
    const storage = await openStore(storageDir, {
      schemaInfo: { ...info, version: 2 },
      upgrade: (document) => ({ ...document, metadata: { upgraded: true } }),
    })
    await storage.saveVersion(sampleVersion('p', '2.0.0'))
    // The process with the earlier version goes on as it did.
    await peer.call('save', 'p', '1.0.1', 'old')
    const latest = await peer.call('getLatestVersion', 'p')
    expect(latest).toEqual(sampleVersion('p', '2.0.0'))
    const documents = await storage.listVersions('p')
    expect(documents.map(({ metadata }) => metadata['upgraded'] === true)).toEqual([
      true,
      true,
      false,
    ])
    expect((await markOf(storageDir))['schema']).toEqual({ name: 'prompts', version: 2 })
  })

  it('leave every document readable, and the mark, when they are killed at their first save', async () => {
    const storageDir = await oldStore()
    const peer = await Peer.start({
      storageDir,
      minFreeMb: 0,
      schemaInfo: { name: 'notes', version: 2 },
    })
    void peer.call('saveForever', 'q').catch(() => undefined)
    while (peer.saved.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await peer.kill()
    expect((await markOf(storageDir))['schema']).toEqual({ name: 'notes', version: 2 })
    const storage = await openStore(storageDir, { schemaInfo: { name: 'notes', version: 2 } })
    const { schema_versions: versions, findings } = await storage.verify()
    expect(findings).toEqual([])
    expect(versions).toEqual({ '1': 1, '2': (await storage.listVersionNames('q')).length })
  })
})

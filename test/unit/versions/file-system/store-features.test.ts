import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { METADATA_FILE } from '../../../../src/document/store-names.js'
import { Store } from '../../../../src/engine/store.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { encodeMetadata, type Metadata } from '../../../../src/versions/file-system/metadata.js'
import { MarkMoved, StoreFeatures } from '../../../../src/versions/file-system/store-features.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../../support/temp.js'
import { label } from './head-fixtures.js'

async function markOf(storageDir: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(storageDir, METADATA_FILE), 'utf8')) as never
}

/** Changes the mark as a later version of the library does. */
async function requireAlso(
  storageDir: string,
  feature: string,
  others: object = {},
): Promise<void> {
  await using directory = await Store.open(storageDir)
  const mark = await markOf(storageDir)
  const requires = [...(mark['requires'] as string[]), feature]
  const text = JSON.stringify({ ...mark, format_version: 2, requires, ...others })
  const bytes = Buffer.from(text)
  await directory.commit([{ kind: 'replace', path: METADATA_FILE, bytes }])
}

const CALLS: readonly ((storage: FileSystemStorage) => Promise<unknown>)[] = [
  async (storage) => await storage.saveVersion(sampleVersion('p', '2.0.0')),
  async (storage) => await storage.saveVersions([sampleVersion('q', '2.0.0')]),
  async (storage) => await storage.deleteVersion('p', '1.0.2'),
  async (storage) => await storage.restoreVersion('p', '1.0.1'),
  async (storage) => await storage.purgeTrash({ olderThanMs: 0 }),
  async (storage) => await storage.clearAll(),
  async (storage) => await storage.verify(),
  async (storage) => await storage.verify({ repair: true }),
  async (storage) => await label(storage, 'p', '1.0.0'),
  async (storage) => await storage.readHead('p'),
  async (storage) => await storage.readHead('q'),
  async (storage) => await storage.listLabelMoves('p'),
  async (storage) => await storage.getVersion('p', '1.0.0'),
  async (storage) => await storage.getVersion('p', '1.0.2'),
  async (storage) => await storage.getVersion('q', '1.0.0'),
  async (storage) => await storage.getLatestVersion('p'),
  async (storage) => await storage.getLatestVersion('q'),
  async (storage) => await storage.getLatestVersionName('p'),
  async (storage) => await storage.listVersions('p'),
  async (storage) => await storage.listVersionNames('p'),
  async (storage) => await storage.listPromptIds(),
  async (storage) => await storage.listVersionSummaries('p'),
  async (storage) => await storage.listTrash(),
  async (storage) => await storage.versions({ promptId: 'p' }).next(),
  async (storage) => await storage.promptIds().next(),
  async (storage) => await storage.deleteVersions('p', ['1.0.2']),
  async (storage) => await storage.readRaw('p', '1.0.0'),
  async (storage) => await storage.indexSnapshot(),
  async (storage) => await storage.rebuildIndex(),
  async (storage) => await storage.warmCache(),
]

describe('the features of a store', () => {
  it('are required from the first head on, and not before; commit times from the beginning', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await storage.saveVersion(sampleVersion('p', '1.0.1'))
    await storage.transact(['p'], () => ({ changes: [{ promptId: 'p' }], result: 0 }))
    expect(await markOf(storageDir)).toMatchObject({
      format_version: 2,
      requires: ['commit-times'],
    })
    await label(storage, 'p', '1.0.0')
    expect(await markOf(storageDir)).toMatchObject({ requires: ['commit-times', 'heads'] })
    expect(await markOf(storageDir)).not.toHaveProperty('history')
    await storage.clearAll()
    expect(await markOf(storageDir)).toMatchObject({
      requires: ['commit-times', 'heads'],
      history: { since: expect.any(String) as string, reason: 'cleared' },
    })
  })

  it('are required by a delete in the commit of the delete itself', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await using reader = await Store.open(storageDir, { readOnly: true })
    await reader.refresh()
    const { lsn } = reader
    await storage.deleteVersion('p', '1.0.0')
    await reader.refresh()
    expect(reader.lsn).toBe(lsn + 1)
    expect(await markOf(storageDir)).toMatchObject({ requires: ['commit-times', 'heads'] })
  })

  it.each([{}, { useIndex: false }, { enableSharding: true }])(
    'are noticed at the next call when another process requires one that is unknown: %j',
    async (asked) => {
      const storageDir = await tempDirectory()
      const options = { storageDir, minFreeMb: 0, enableTrash: true, ...asked }
      await using storage = await FileSystemStorage.open(options)
      for (const version of ['1.0.0', '1.0.1', '1.0.2'])
        await storage.saveVersion(sampleVersion('p', version))
      await storage.deleteVersion('p', '1.0.1')
      await label(storage, 'p', '1.0.0')
      await requireAlso(storageDir, 'prerelease')
      await label(storage, 'p', '1.0.0')
      await storage.getVersion('p', '1.0.0')
      // Each call is the first one after the change in a handle of its own.
      const handles = await Promise.all(
        CALLS.map(async () => await FileSystemStorage.open(options)),
      )
      for (const handle of handles) await handle.getVersion('p', '1.0.0')
      await requireAlso(storageDir, 'moon')
      for (const [at, call] of CALLS.entries())
        for (const handle of handles.slice(at, at + 1))
          for (let time = 0; time < 2; time++)
            await expect(call(handle), String(call)).rejects.toMatchObject({
              code: 'FS-FORMAT-001',
              context: { feature: 'moon' },
            })
      await Promise.all(handles.map(async (handle) => await handle.close()))
    },
  )

  it('are known to be announced until no process commits without knowing of them', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    // As a process leaves it that has died in between.
    await requireAlso(storageDir, 'heads', { announced: ['heads'] })
    await label(storage, 'p', '1.0.0')
    const mark = await markOf(storageDir)
    expect(mark).toMatchObject({ requires: expect.arrayContaining(['heads']) as unknown })
    expect(mark).not.toHaveProperty('announced')
  })

  it('are those of the last mark while the mark is lost', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
    await using directory = await Store.open(storageDir)
    const features = new StoreFeatures(directory)
    await requireAlso(storageDir, 'heads')
    const before = await features.current()
    expect([before.isCurrent(), before.requires('heads')]).toEqual([true, true])
    await directory.commit([{ kind: 'remove', path: METADATA_FILE }])
    expect(before.isCurrent()).toBe(false)
    const bytes = Buffer.from('x')
    await before.commit([{ kind: 'create', path: 'x', bytes }])
    expect((await features.current()).metadata).toEqual(before.metadata)
    const text = encodeMetadata(before.metadata as Metadata)
    await directory.commit([{ kind: 'create', path: METADATA_FILE, bytes: text }])
    await before.commit([{ kind: 'remove', path: 'x' }])
    await requireAlso(storageDir, 'prerelease')
    await directory.refresh()
    await expect(before.commit([{ kind: 'create', path: 'x', bytes }])).rejects.toThrow(MarkMoved)
    const times: boolean[] = []
    await features.plan(async (mark) => {
      times.push(mark.requires('prerelease'))
      await (times.length === 1 ? before : mark).commit([{ kind: 'create', path: 'x', bytes }])
    })
    expect(times).toEqual([true, true])
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
  })

  it('are recorded by one call of many, and again after a failure', async () => {
    const storageDir = await tempDirectory()
    await (await FileSystemStorage.open({ storageDir, minFreeMb: 0 })).close()
    await using directory = await Store.open(storageDir)
    const features = new StoreFeatures(directory)
    expect(await features.mayRequire('heads')).toBe(false)
    const { lsn } = directory
    await Promise.all([features.record('heads'), features.record('heads')])
    // Announced, and then in use.
    expect(directory.lsn).toBe(lsn + 2)
    expect(await features.mayRequire('heads')).toBe(true)
    await features.assertKnown()
    expect(features.assertKnown()).toBeUndefined()
    await using reader = await Store.open(storageDir, { readOnly: true })
    const refused = new StoreFeatures(reader)
    await refused.assertKnown()
    expect(refused.record('heads')).toBeUndefined()
    for (let call = 0; call < 2; call++)
      await expect(refused.record('prerelease')).rejects.toMatchObject({ code: 'FS-READONLY-001' })
  })
})

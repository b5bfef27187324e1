import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { METADATA_FILE } from '../../../../src/document/store-names.js'
import { Store } from '../../../../src/engine/store.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { StoreFeatures } from '../../../../src/versions/file-system/store-features.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../../support/temp.js'
import { label } from './head-fixtures.js'

async function markOf(storageDir: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(storageDir, METADATA_FILE), 'utf8')) as never
}

/** Changes the mark as a later version of the library does. */
async function requireAlso(storageDir: string, feature: string): Promise<void> {
  await using directory = await Store.open(storageDir)
  const mark = await markOf(storageDir)
  const requires = [...(mark['requires'] as string[]), feature]
  const text = JSON.stringify({ ...mark, format_version: 2, requires })
  const bytes = Buffer.from(text)
  await directory.commit([{ kind: 'replace', path: METADATA_FILE, bytes }])
}

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

  it('are noticed at the next transaction when another process requires one that is unknown', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await label(storage, 'p', '1.0.0')
    await requireAlso(storageDir, 'prerelease')
    await label(storage, 'p', '1.0.0')
    await requireAlso(storageDir, 'moon')
    for (let call = 0; call < 2; call++)
      await expect(label(storage, 'p', '1.0.0')).rejects.toMatchObject({
        code: 'FS-FORMAT-001',
        context: { feature: 'moon' },
      })
    expect((await storage.listLabelMoves('p')).length).toBe(2)
  })

  it('are recorded by one call of many, and again after a failure', async () => {
    const storageDir = await tempDirectory()
    await (await FileSystemStorage.open({ storageDir, minFreeMb: 0 })).close()
    await using directory = await Store.open(storageDir)
    const features = new StoreFeatures(directory, [])
    expect(await features.mayRequire('heads')).toBe(false)
    const { lsn } = directory
    await Promise.all([features.record('heads'), features.record('heads')])
    expect(directory.lsn).toBe(lsn + 1)
    expect(await features.mayRequire('heads')).toBe(true)
    await features.assertKnown()
    expect(features.assertKnown()).toBeUndefined()
    await using reader = await Store.open(storageDir, { readOnly: true })
    const refused = new StoreFeatures(reader, ['heads'])
    await refused.record('heads')
    for (let call = 0; call < 2; call++)
      await expect(refused.record('prerelease')).rejects.toMatchObject({ code: 'FS-READONLY-001' })
  })
})

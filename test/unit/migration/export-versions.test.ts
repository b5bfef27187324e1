import { describe, expect, it } from 'vitest'
import { exportVersions, importVersions, type ExportedItem } from '../../../src/migration/index.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { CopiedVersion } from '../../../src/versions/version-copies.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { filled, moveTo, replacing } from './support.js'

async function itemsOf(items: AsyncIterable<ExportedItem>): Promise<ExportedItem[]> {
  const found: ExportedItem[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('an export', () => {
  it('has the versions of each prompt by precedence, and then its record', async () => {
    const storage = await filled(2, 12)
    const items = await itemsOf(exportVersions(storage))
    const shown = items.map((item) =>
      'document' in item
        ? `${item.document.prompt_id} ${item.document.version}`
        : Object.keys(item)[0],
    )
    const patches = Array.from({ length: 11 }, (_, patch) => `1.0.${patch + 1}`)
    expect(shown).toEqual([
      ...patches.map((version) => `p0 ${version}`),
      'prompt_id',
      ...patches.map((version) => `p1 ${version}`),
      'prompt_id',
    ])
    const { versions } = await storage.copies.state('p0')
    expect(items[0]).toEqual({
      document: await storage.getVersion('p0', '1.0.1'),
      saved_at: versions.get('1.0.1'),
    })
    expect(JSON.parse(JSON.stringify(items))).toEqual(items)
  })

  it('says since when the history is known, and the version of a schema', async () => {
    const storage = await filled(1, 3)
    const known = { since: '2024-01-01T00:00:00.000Z', reason: 'cleared' }
    await storage.copies.setKnownSince(known)
    const copy = new CopiedVersion(sampleVersion('q', '1.0.0'), null, 4)
    await storage.copies.change('q', () => ({ save: [copy] }))
    const items = await itemsOf(exportVersions(storage, { promptIds: ['q'] }))
    expect(items).toEqual([
      { known_since: known },
      { document: copy.document, saved_at: null, schema_version: 4 },
    ])
  })

  it('has the version that each label names, also if the prompt changes meanwhile', async () => {
    const storage = await filled(1, 3)
    const items: ExportedItem[] = []
    for await (const item of exportVersions(storage)) {
      items.push(item)
      if (items.length === 1) {
        await storage.saveVersion(sampleVersion('p0', '2.0.0'))
        await storage.deleteVersion('p0', '1.0.1')
      }
    }
    const record = items.at(-1)
    const names = items.flatMap((item) => ('document' in item ? item.document.version : []))
    const labels = record !== undefined && 'head' in record ? record.head?.labels : undefined
    expect(names).toContain(labels?.['production']?.version)
  })

  it('has no label of a version that was deleted before it was read', async () => {
    const storage = await filled(1, 3)
    let reads = 0
    const copies = replacing(storage, {
      documents: async (promptId, versions) => {
        if (reads++ === 1) {
          await moveTo(storage, 'p0', '1.0.1')
          await storage.deleteVersion('p0', '2.0.70')
        }
        return await storage.copies.documents(promptId, versions)
      },
    })
    // More than are read at once.
    for (let patch = 0; patch <= 70; patch++)
      await storage.saveVersion(sampleVersion('p0', `2.0.${patch}`))
    await moveTo(storage, 'p0', '2.0.70')
    const source = { supports: { copies: true }, copies }
    const items = await itemsOf(exportVersions(source))
    const record = items.at(-1)
    const names = items.flatMap((item) => ('document' in item ? item.document.version : []))
    expect(names).not.toContain('2.0.70')
    expect(record).toMatchObject({ head: { labels: { production: { version: '1.0.1' } } } })
    await importVersions(new MemoryStorage(), items)
  })

  it('refuses other storages and options at once', () => {
    expect(() => exportVersions({} as never)).toThrow(/"storage" must be a storage/)
    expect(() => exportVersions({} as never, { promptIDs: [] } as never)).toThrow(/"promptIDs"/)
  })
})

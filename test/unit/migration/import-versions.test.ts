import { describe, expect, it } from 'vitest'
import { exportVersions, importVersions } from '../../../src/migration/index.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { contentOf, filled, moveTo } from './support.js'

describe('an import', () => {
  it('of an export is the same content, in transactions of its own', async () => {
    const from = await filled(3, 150)
    await using to = await FileSystemStorage.open({ storageDir: await tempDirectory() })
    const counts: number[] = []
    const report = await importVersions(to, exportVersions(from), {
      onProgress: (versions) => counts.push(versions),
    })
    expect(report).toEqual({ versions: 447, imported: 447, already_there: 0, records_imported: 3 })
    expect(await contentOf(to)).toEqual(await contentOf(from))
    expect(counts).toHaveLength(9)
    expect(await importVersions(to, exportVersions(from))).toMatchObject({
      imported: 0,
      already_there: 447,
      records_imported: 0,
    })
  })

  it('goes on where an earlier one has ended', async () => {
    const [from, to] = [await filled(2, 100), new MemoryStorage()]
    const controller = new AbortController()
    const ending = importVersions(to, exportVersions(from), {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    })
    await expect(ending).rejects.toThrow('enough')
    const report = await importVersions(to, exportVersions(from))
    expect(report.already_there).toBe(64)
    expect(await contentOf(to)).toEqual(await contentOf(from))
  })

  it('takes documents of any prompts, from any iterable, and commits them now', async () => {
    const to = new MemoryStorage()
    await to.saveVersion(sampleVersion('p3', '1.0.0'))
    const documents = Array.from({ length: 200 }, (_, at) =>
      sampleVersion(`p${at % 7}`, `1.0.${Math.floor(at / 7)}`),
    )
    expect(await importVersions(to, documents)).toEqual({
      versions: 200,
      imported: 199,
      already_there: 1,
      records_imported: 0,
    })
    expect((await to.listPromptIds()).length).toBe(7)
    const { versions } = await to.copies.state('p0')
    expect(versions.get('1.0.0')).toMatch(/^20/)
  })

  it('takes documents and exported items in one import', async () => {
    const to = new MemoryStorage()
    const saved_at = '2024-01-01T00:00:00.000Z'
    const items = [
      sampleVersion('p', '1.0.0'),
      { document: sampleVersion('p', '1.1.0'), saved_at },
      { document: sampleVersion('q', '1.0.0'), saved_at: null },
      { known_since: { since: saved_at, reason: 'cleared' } },
      sampleVersion('q', '1.1.0'),
    ]
    expect(await importVersions(to, items)).toMatchObject({ versions: 4, imported: 4 })
    expect((await to.copies.state('p')).versions.get('1.1.0')).toBe(saved_at)
    expect(await to.listVersionNames('q')).toEqual(['1.0.0', '1.1.0'])
    expect(await to.copies.knownSince()).toEqual({ since: saved_at, reason: 'cleared' })
  })

  it('refuses other content, other labels, and what does not fit the schema', async () => {
    const [from, to] = [await filled(1), await filled(1)]
    await to.clearAll()
    await to.saveVersion(sampleVersion('p0', '1.0.1', { parent_version: '1.0.0' }))
    await expect(importVersions(to, exportVersions(from))).rejects.toMatchObject({
      code: 'OPT-VER-001',
      context: { prompt_id: 'p0', version: '1.0.1' },
    })
    const other = new MemoryStorage()
    await importVersions(other, exportVersions(from))
    await moveTo(other, 'p0', '1.0.4')
    await expect(importVersions(other, exportVersions(from))).rejects.toMatchObject({
      code: 'OPT-LABEL-001',
      context: { reason: 'migration', difference: 'history' },
    })
    const wrong = { document: { prompt_id: 'p', version: '1.0.0', text: 1 }, saved_at: null }
    await expect(importVersions(other, [wrong as never])).rejects.toThrow(TypeError)
    await expect(importVersions(other, [], { rate: 1 } as never)).rejects.toThrow(/"rate"/)
  })

  it('treats a version as saved that another call saves meanwhile', async () => {
    const [from, to] = [await filled(1, 130), new MemoryStorage()]
    const both = [exportVersions(from), exportVersions(from)]
    await Promise.all(both.map(async (items) => await importVersions(to, items)))
    expect(await contentOf(to)).toEqual(await contentOf(from))
  })
})

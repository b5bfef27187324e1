import { expect, it } from 'vitest'
import { StorageError } from '../../../../src/base/errors.js'
import { DocumentStorage } from '../../../../src/versions/source/document-storage.js'
import { checkDocuments, type PlacedText } from '../../../../src/versions/source/integrity.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { MapDatabase, MapSource } from '../../../../examples/backends/map-source.js'

it('reads every document of a source', async () => {
  await using storage = new DocumentStorage(new MapSource(new MapDatabase()))
  await storage.saveVersions(
    Array.from({ length: 150 }, (_, at) => sampleVersion(`p${at % 2}`, `1.0.${at}`)),
  )
  expect(await storage.checkIntegrity()).toEqual({ ok: true, documents: 150, problems: [] })
})

it('names what is not what was saved, and goes on', async () => {
  const texts = async function* (): AsyncGenerator<PlacedText> {
    for (const version of ['1.0.0', '1.0.1'])
      yield await Promise.resolve({ promptId: 'p', version, bytes: Buffer.from('{') })
  }
  const report = await checkDocuments(texts(), 'db')
  expect([report.ok, report.documents]).toEqual([false, 2])
  expect(report.problems).toMatchObject([
    { kind: 'document', prompt_id: 'p', version: '1.0.0' },
    { kind: 'document', prompt_id: 'p', version: '1.0.1' },
  ])
})

it('says that the database is damaged where it cannot be read any further', async () => {
  const failing = async function* (error: Error): AsyncGenerator<PlacedText> {
    yield await Promise.reject(error)
  }
  const damage = new StorageError('FS-LOAD-001', 'page 7 is damaged')
  const before = { kind: 'database', message: 'row 3 missing from index' } as const
  expect((await checkDocuments(failing(damage), 'db', [before])).problems).toEqual([
    before,
    { kind: 'database', message: 'page 7 is damaged' },
  ])
  const away = new StorageError('FS-UNAVAILABLE-001', 'away')
  await expect(checkDocuments(failing(away), 'db')).rejects.toBe(away)
})

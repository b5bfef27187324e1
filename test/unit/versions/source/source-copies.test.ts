import { describe, expect, it } from 'vitest'
import { MapDatabase, MapSource } from '../../../../examples/backends/map-source.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { headOf } from '../../../../src/versions/conformance/transacting.js'
import { DocumentStorage } from '../../../../src/versions/source/document-storage.js'

describe('copies of a source', () => {
  it('show a head and a history of one moment', async () => {
    const database = new MapDatabase()
    const source = new MapSource(database)
    await using storage = new DocumentStorage(source)
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const { past } = source
    let calls = 0
    source.past = async (promptId) => {
      const found = await past.call(source, promptId)
      if (calls++ === 0) database.prompt('p').head = headOf('production', '1.0.0')
      return found
    }
    expect((await storage.copies.state('p')).head).toEqual(headOf('production', '1.0.0'))
    expect(calls).toBe(2)
  })

  it('of more versions than one request takes are in the given order', async () => {
    await using storage = new DocumentStorage(new MapSource())
    const versions = Array.from({ length: 150 }, (_, patch) => `1.0.${patch}`)
    await storage.saveVersions(versions.map((version) => sampleVersion('p', version)))
    const asked = versions.toReversed()
    const found = await storage.copies.documents('p', asked)
    expect(found.map(({ version }) => version)).toEqual(asked)
  })

  it('of a damaged document fail', async () => {
    const database = new MapDatabase()
    await using storage = new DocumentStorage(new MapSource(database))
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const { versions } = database.prompt('p')
    const stored = versions.get('1.0.0')
    versions.set('1.0.0', { version: '1.0.0', savedAt: null, bytes: stored!.bytes.slice(0, 50) })
    await expect(storage.copies.documents('p', ['1.0.0'])).rejects.toMatchObject({
      code: 'FS-LOAD-001',
    })
  })
})

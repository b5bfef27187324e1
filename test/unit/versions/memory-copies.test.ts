import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { CopiedVersion } from '../../../src/versions/version-copies.js'

describe('copies in memory', () => {
  it('keep the version of the schema that they were saved with', async () => {
    await using storage = new MemoryStorage({ schemaInfo: { name: 's', version: 5 } })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const copy = new CopiedVersion(sampleVersion('p', '2.0.0'), null, 3)
    await storage.copies.change('p', () => ({ save: [copy] }))
    const found = await storage.copies.documents('p', ['1.0.0', '2.0.0'])
    expect(found.map(({ schemaVersion }) => schemaVersion)).toEqual([5, 3])
  })

  it('are of their moment, and closed with the storage', async () => {
    const storage = new MemoryStorage()
    const { copies } = storage
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const before = await copies.state('p')
    await storage.deleteVersion('p', '1.0.0')
    expect([...before.versions.keys()]).toEqual(['1.0.0'])
    await storage.close()
    await expect(copies.promptIds()).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })
})

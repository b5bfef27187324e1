import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MapSource } from '../../../examples/backends/map-source.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import {
  CAPABILITY_MEMBERS,
  KIND_MEMBERS,
  SUPPORTS_ALL,
  supports,
  type Capability,
} from '../../../src/versions/supports.js'
import { DocumentStorage } from '../../../src/versions/source/document-storage.js'
import { SqliteStorage } from '../../../src/sqlite/sqlite-storage.js'
import { tempDirectory } from '../../support/temp.js'

describe('what a storage supports', () => {
  it('is what it declares, and nothing else', () => {
    expect(supports({ supports: { watch: true, batch: false } }, 'watch')).toBe(true)
    expect(supports({ supports: { watch: true, batch: false } }, 'batch')).toBe(false)
    expect(supports({ supports: { watch: true } }, 'names')).toBe(false)
    expect(supports({ supports: { watch: 'yes' } }, 'watch')).toBe(false)
  })

  it('is the six methods alone without a declaration, whatever methods there are', () => {
    expect(supports({ watch: () => [] }, 'watch')).toBe(false)
  })

  it('is everything for the storages here, which have the members of each capability', () => {
    const storage = new MemoryStorage()
    expect(Object.keys(SUPPORTS_ALL)).toEqual(Object.keys(CAPABILITY_MEMBERS))
    for (const [capability, members] of Object.entries(CAPABILITY_MEMBERS)) {
      expect(supports(storage, capability as Capability), capability).toBe(true)
      for (const member of members) expect(storage).toHaveProperty(member)
    }
  })

  it('names what only one kind of storage has, and no other kind that has a method of its name', async () => {
    const directory = await tempDirectory()
    await using files = await FileSystemStorage.open({ storageDir: join(directory, 'files') })
    await using sqlite = await SqliteStorage.open({ file: join(directory, 'prompts.db') })
    await using source = new DocumentStorage(new MapSource())
    const kinds = Object.keys(KIND_MEMBERS) as (keyof typeof KIND_MEMBERS)[]
    const declared = (storage: object): readonly string[] =>
      kinds.filter((kind) => supports(storage, kind))
    expect(declared(files)).toEqual(['files'])
    expect(declared(sqlite)).toEqual(['integrity', 'wholeCopy'])
    expect(declared(source)).toEqual(['integrity'])
    expect(declared(new MemoryStorage())).toEqual([])
    for (const storage of [files, sqlite, source])
      for (const kind of kinds.filter((each) => supports(storage, each)))
        for (const member of KIND_MEMBERS[kind]) expect(storage).toHaveProperty(member)
  })

  it('is less for a view of the past', () => {
    const view = new MemoryStorage().asOf(0)
    expect(view.supports).toEqual({ labels: true, names: true, promptIds: true })
  })
})

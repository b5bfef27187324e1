import { expect, it } from 'vitest'
import { isDatabase } from '../../../../src/cli/commands/verify-database.js'
import { DocumentStorage } from '../../../../src/versions/source/document-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { MapDatabase, MapSource } from '../../../../examples/backends/map-source.js'

it('takes any storage over a source for a database, and no other', () => {
  expect(isDatabase(new DocumentStorage(new MapSource(new MapDatabase())))).toBe(true)
  expect(isDatabase(new MemoryStorage())).toBe(false)
})

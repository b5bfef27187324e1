import { expect, expectTypeOf, it } from 'vitest'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import {
  offersWatch,
  type AnyChange,
  type VersionChange,
  type VersionChanges,
} from '../../../src/versions/version-watch.js'

it('takes a storage for one that reports changes only if it says so', () => {
  expect(offersWatch(new MemoryStorage())).toBe(true)
  expect(offersWatch({})).toBe(false)
})

it('types the moves of labels only for those who ask for them', () => {
  const storage = new MemoryStorage()
  expectTypeOf(storage.watch()).toEqualTypeOf<VersionChanges>()
  expectTypeOf(storage.watch({ promptId: 'p' })).toEqualTypeOf<VersionChanges<VersionChange>>()
  const asked = { labels: true }
  expectTypeOf(storage.watch(asked)).toEqualTypeOf<VersionChanges<AnyChange>>()
  expectTypeOf(storage.watch({ promptId: 'p', labels: true })).toEqualTypeOf<
    VersionChanges<AnyChange>
  >()
})

import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { offersPromptIds, offersVersionNames } from '../../../src/versions/version-storage.js'

describe('capabilities', () => {
  it('are found by the methods that a storage has', () => {
    const storage = new MemoryStorage()
    expect([offersVersionNames(storage), offersPromptIds(storage)]).toEqual([true, true])
    const bare = { getVersion: async () => undefined, listVersionNames: async () => [] }
    expect([offersVersionNames(bare), offersPromptIds(bare)]).toEqual([false, false])
  })
})

import { describe, it } from 'vitest'
import { versionStorageConformance } from '../../../src/versions/conformance.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'

versionStorageConformance(
  {
    name: 'InMemoryStorage',
    persistent: false,
    reportsMoves: true,
    makePlace: async () => ({ open: async () => new MemoryStorage() }),
  },
  { describe, it },
)

import { describe, it } from 'vitest'
import {
  promptRegistryConformance,
  versionStorageConformance,
} from '../../../src/versions/conformance.js'
import type { ConformanceSubject } from '../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'

const MEMORY: ConformanceSubject = {
  name: 'InMemoryStorage',
  persistent: false,
  reportsMoves: true,
  makePlace: async () => ({ open: async () => new MemoryStorage() }),
}

versionStorageConformance(MEMORY, { describe, it })
promptRegistryConformance(MEMORY, { describe, it })

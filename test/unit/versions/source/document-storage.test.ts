import { describe, it } from 'vitest'
import { MapDatabase, MapSource } from '../../../../examples/backends/map-source.js'
import {
  promptRegistryConformance,
  versionStorageConformance,
} from '../../../../src/versions/conformance.js'
import type { ConformanceSubject } from '../../../../src/versions/conformance/subject.js'
import { DocumentStorage } from '../../../../src/versions/source/document-storage.js'

for (const useCache of [true, false]) {
  const subject: ConformanceSubject = {
    name: `DocumentStorage ${useCache ? 'with' : 'without'} a cache`,
    persistent: true,
    reportsMoves: true,
    sharesObjects: useCache,
    handles: { coherence: 'nextCall' },
    makePlace: async () => {
      const database = new MapDatabase()
      return { open: async () => new DocumentStorage(new MapSource(database), { useCache }) }
    },
  }
  versionStorageConformance(subject, { describe, it })
  promptRegistryConformance(subject, { describe, it })
}

import { describe, it } from 'vitest'
import { MapDatabase, MapSource } from '../../../../examples/backends/map-source.js'
import { versionStorageConformance } from '../../../../src/versions/conformance.js'
import { DocumentStorage } from '../../../../src/versions/source/document-storage.js'

for (const useCache of [true, false])
  versionStorageConformance(
    {
      name: `DocumentStorage ${useCache ? 'with' : 'without'} a cache`,
      persistent: true,
      reportsMoves: true,
      sharesObjects: useCache,
      makePlace: async () => {
        const database = new MapDatabase()
        return { open: async () => new DocumentStorage(new MapSource(database), { useCache }) }
      },
    },
    { describe, it },
  )

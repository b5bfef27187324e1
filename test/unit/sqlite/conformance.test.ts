import { join } from 'node:path'
import { describe, it } from 'vitest'
import { SqliteStorage } from '../../../src/sqlite/sqlite-storage.js'
import { versionStorageConformance } from '../../../src/versions/conformance.js'
import { tempDirectory } from '../../support/temp.js'

for (const useCache of [true, false])
  versionStorageConformance(
    {
      name: `SqliteStorage ${useCache ? 'with' : 'without'} a cache`,
      persistent: true,
      sharesObjects: useCache,
      makePlace: async () => {
        const file = join(await tempDirectory(), 'prompts.db')
        return { open: async () => await SqliteStorage.open({ file, useCache }) }
      },
    },
    { describe, it },
  )

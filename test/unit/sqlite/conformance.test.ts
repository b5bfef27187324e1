import { join } from 'node:path'
import { describe, it } from 'vitest'
import { SqliteStorage } from '../../../src/sqlite/sqlite-storage.js'
import {
  promptRegistryConformance,
  versionStorageConformance,
} from '../../../src/versions/conformance.js'
import type { ConformanceSubject } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'

for (const useCache of [true, false]) {
  const subject: ConformanceSubject = {
    name: `SqliteStorage ${useCache ? 'with' : 'without'} a cache`,
    persistent: true,
    sharesObjects: useCache,
    reportsMoves: true,
    handles: { coherence: 'nextCall' },
    makePlace: async () => {
      const file = join(await tempDirectory(), 'prompts.db')
      return { open: async () => await SqliteStorage.open({ file, useCache }) }
    },
  }
  versionStorageConformance(subject, { describe, it })
  promptRegistryConformance(subject, { describe, it })
}

import { beforeAll, describe, it } from 'vitest'
import { PostgresStorage } from '../../../src/postgres/index.js'
import {
  promptRegistryConformance,
  versionStorageConformance,
} from '../../../src/versions/conformance.js'
import type { ConformanceSubject } from '../../../src/versions/conformance/subject.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('PostgresStorage', () => {
  let url = ''
  let places = 0
  beforeAll(async () => {
    url = await testDatabase()
  })
  for (const [name, options] of [
    ['with a cache', { useCache: true, staleMs: 200 }],
    ['without a cache', { useCache: false, staleMs: 200 }],
    ['with a cache that asks before each answer', { useCache: true, staleMs: 0 }],
  ] as const) {
    const subject: ConformanceSubject = {
      name: `PostgresStorage ${name}`,
      persistent: true,
      reportsMoves: true,
      sharesObjects: options.useCache,
      handles: { coherence: options.staleMs === 0 ? 'nextCall' : { withinMs: options.staleMs } },
      makePlace: async () => {
        const schemaName = `place_${++places}`
        return {
          open: async () => await PostgresStorage.open({ url, schemaName, ...options }),
        }
      },
    }
    versionStorageConformance(subject, { describe, it })
    promptRegistryConformance(subject, { describe, it })
  }
})

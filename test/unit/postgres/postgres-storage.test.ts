import { beforeAll, describe, it } from 'vitest'
import { PostgresStorage } from '../../../src/postgres/index.js'
import { versionStorageConformance } from '../../../src/versions/conformance.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('PostgresStorage', () => {
  let url = ''
  let places = 0
  beforeAll(async () => {
    url = await testDatabase()
  })
  for (const [name, options] of [
    ['with a cache', { useCache: true }],
    ['without a cache', { useCache: false }],
    ['with a cache that asks before each answer', { useCache: true, staleMs: 0 }],
  ] as const)
    versionStorageConformance(
      {
        name: `PostgresStorage ${name}`,
        persistent: true,
        reportsMoves: true,
        sharesObjects: options.useCache,
        makePlace: async () => {
          const schemaName = `place_${++places}`
          return {
            open: async () => await PostgresStorage.open({ url, schemaName, ...options }),
          }
        },
      },
      { describe, it },
    )
})

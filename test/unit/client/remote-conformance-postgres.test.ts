import { beforeAll, describe } from 'vitest'
import { PostgresStorage } from '../../../src/postgres/index.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'
import { conformsOverHttp } from './served.js'

const LAG_MS = 200

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('over PostgreSQL', () => {
  let url = ''
  let places = 0
  beforeAll(async () => {
    url = await testDatabase()
  })
  conformsOverHttp({
    name: 'a server over PostgreSQL',
    lagMs: LAG_MS,
    open: async () =>
      await PostgresStorage.open({ url, schemaName: `served_${++places}`, staleMs: LAG_MS }),
  })
})

import { describe, it } from 'vitest'
import { PostgresStorage } from '../../../src/postgres/index.js'
import { POSTGRES_LEFT_OUT, startPostgres } from '../../support/postgres.js'
import { checkHistories } from './source-history.js'

const KILLS = Number(process.env['HOLDFAST_POSTGRES_KILLS'] ?? 4)
const PLACES = 400
const LONG_MS = 1_200_000

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('PostgreSQL', () => {
  it(
    `keeps what eight processes were told, in an order that explains all calls, while the server is killed ${KILLS} times`,
    { timeout: LONG_MS },
    async () => {
      const server = await startPostgres()
      const url = await server.createDatabase('prompts')
      const storage = await PostgresStorage.open({ url, staleMs: 0, connectTimeoutMs: 60_000 })
      const served = {
        plan: { storage: 'postgres', options: { url } } as const,
        storage,
        kill: async () => await server.kill(),
        start: async () => await server.start(),
      }
      await checkHistories(served, { name: 'postgres', kills: KILLS, places: PLACES, workMs: 1500 })
      await storage.close()
    },
  )
})

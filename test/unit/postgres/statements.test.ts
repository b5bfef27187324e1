import { describe, expect, it } from 'vitest'
import { statementsFor } from '../../../src/postgres/statements.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'
import { databaseAt } from './support.js'

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('statementsFor', () => {
  it('makes statements that the server can prepare, each with a name of its schema', async () => {
    const schemaName = 's'.repeat(40)
    const { connections } = await databaseAt({ url: await testDatabase(), schemaName })
    await connections.use(async (client) => {
      for (const { name, text } of Object.values(statementsFor(schemaName))) {
        expect(name.length).toBeLessThan(64)
        if (text.startsWith('LOCK')) continue
        await client.query({ text: `PREPARE ${name} AS ${text}` })
      }
    })
  })
})

import { describe, expect, it } from 'vitest'
import { isStorageError } from '../../../src/index.js'
import { Commits } from '../../../src/postgres/commits.js'
import { PostgresSource } from '../../../src/postgres/index.js'
import { POSTGRES_LEFT_OUT, testDatabase, withClient } from '../../support/postgres.js'
import { CUTS, cutProxy } from './cut-proxy.js'
import { asked, databaseAt, documentOf, planOf } from './support.js'

/** More statements than any of these changes takes, questions about its outcome included. */
const STATEMENTS_MAX = 40
const CHANGES = [
  [
    'a save',
    'p',
    async (source: PostgresSource) => {
      await source.insert([documentOf('p', '3.0.0')], [])
    },
  ],
  [
    'the first save of a prompt',
    'new',
    async (source: PostgresSource) => {
      await source.insert([documentOf('new', '3.0.0')], [])
    },
  ],
  [
    'a transaction',
    'p',
    async (source: PostgresSource) => {
      await source.transact(
        ['p'],
        planOf(() => ({ save: [documentOf('p', '3.0.0')], delete: ['1.0.0'] })),
      )
    },
  ],
] as const

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('the outcome of a commit', () => {
  for (const cut of CUTS)
    it.each(CHANGES)(
      `is what the server has, where the connection of %s is lost (${cut}) at any statement`,
      async (_, promptId, change) => {
        const url = await testDatabase()
        const proxy = await cutProxy(url)
        let cuts = 0
        for (let statement = 1; statement <= STATEMENTS_MAX; statement++) {
          const schemaName = `at_${statement}`
          const direct = await PostgresSource.open({ url, schemaName })
          await direct.insert([documentOf('p', '1.0.0'), documentOf('p', '2.0.0')], [])
          const source = await PostgresSource.open({ url: proxy.url, schemaName })
          proxy.arm(statement, cut)
          const error: unknown = await change(source).catch((thrown: unknown) => thrown)
          const isCut = proxy.hasCut
          proxy.arm(0, cut)
          const isThere = (await direct.names(promptId)).includes('3.0.0')
          // A failure has a code and says that nothing was changed; the server is there, so nothing is unknown.
          if (error !== undefined) {
            expect(isStorageError(error, 'FS-UNAVAILABLE-001')).toBe(true)
            expect(error).toMatchObject({ context: { outcome: 'none' } })
          }
          expect({ statement, isThere }).toEqual({ statement, isThere: error === undefined })
          expect((await direct.past(promptId)).history.length).toBe(
            isThere && change === CHANGES[2][2] ? 1 : 0,
          )
          if (error !== undefined) {
            // Nothing comes later, and the caller may make the change again.
            await change(source)
            expect(await direct.names(promptId)).toContain('3.0.0')
          }
          await source.close()
          await direct.close()
          if (!isCut) break
          cuts++
        }
        expect(cuts).toBeGreaterThan(0)
        expect(cuts).toBeLessThan(STATEMENTS_MAX)
      },
    )

  it('is unknown where the server cannot be asked', async () => {
    const url = await testDatabase()
    const { connections, changes, statements } = await databaseAt({ url, connectTimeoutMs: 200 })
    const commits = new Commits(connections, changes, statements, false)
    const commit = commits.commit(async (client, _mark, sending) => {
      sending()
      await withClient(url, async (other) => {
        await other.query('ALTER TABLE holdfast.commits RENAME TO hidden')
      })
      return await client.query({ text: 'SELECT pg_terminate_backend(pg_backend_pid())' })
    })
    await expect(commit).rejects.toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { outcome: 'unknown' },
    })
  })

  it('is unknown where its mark may have been pruned', async () => {
    const { connections, changes, statements } = await databaseAt({ url: await testDatabase() })
    const commits = new Commits(connections, changes, statements, false)
    const commit = commits.commit(async (client, _mark, sending) => {
      sending()
      await asked(connections, `UPDATE holdfast.meta SET pruned = '9000000000'`)
      return await client.query({ text: 'SELECT pg_terminate_backend(pg_backend_pid())' })
    })
    await expect(commit).rejects.toMatchObject({ context: { outcome: 'unknown' } })
  })

  it('is decided once: a transaction whose mark was taken cannot be committed later', async () => {
    const { connections, statements } = await databaseAt({ url: await testDatabase() })
    const mark = '01234567-89ab-7def-8123-456789abcdef'
    await connections.use(async (client) => {
      await client.query({ ...statements.fence, values: [mark] })
    })
    await expect(
      connections.use(async (client) => {
        await client.query({ ...statements.note, values: [mark, '[]'] })
      }),
    ).rejects.toMatchObject({ code: '23505' })
  })

  it('is that of the work where the work fails by itself', async () => {
    const { connections, changes, statements } = await databaseAt({ url: await testDatabase() })
    const own = new Error('of the work')
    const commits = new Commits(connections, changes, statements, false)
    await expect(commits.commit(async () => await Promise.reject(own))).rejects.toBe(own)
  })
})

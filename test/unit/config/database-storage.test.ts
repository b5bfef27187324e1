import { describe, expect, it } from 'vitest'
import { DatabaseStorage, PromptRegistry, type RegistryStorage } from '../../../src/index.js'
import { PostgresStorage } from '../../../src/postgres/index.js'
import { SqliteStorage } from '../../../src/sqlite/index.js'
import { tempDirectory } from '../../support/temp.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'

describe('DatabaseStorage', () => {
  it.skipIf(POSTGRES_LEFT_OUT !== undefined)('opens the database of its URL', async () => {
    const url = await testDatabase()
    await using storage = await DatabaseStorage.open({ url, config: { stale_ms: 0 } })
    expect(storage).toBeInstanceOf(PostgresStorage)
    expect(storage).toMatchObject({ coherence: 'nextCall' })
    const registry = new PromptRegistry({ storage: storage as RegistryStorage })
    await expect(registry.labels('p')).resolves.toEqual({})
  })

  it('opens a file of SQLite', async () => {
    const url = `sqlite:${await tempDirectory()}/prompts.db`
    await using storage = await DatabaseStorage.open({ url })
    expect(storage).toBeInstanceOf(SqliteStorage)
  })

  it.each([
    [undefined, 'DatabaseStorage.open needs the option "url"'],
    [{}, 'Database backend missing required config: url'],
    [{ url: 'file:prompts' }, 'must be the URL of a database'],
    [{ url: 'postgres://bob:hunter2@db:x/prompts' }, 'its port must be a number'],
    [{ url: 'postgres://db/x', staleMs: 5 }, 'Unknown option "staleMs" of DatabaseStorage.open'],
  ])('refuses %o', async (options, message) => {
    const error: unknown = await DatabaseStorage.open(options as never).catch(
      (reason: unknown) => reason,
    )
    expect(String(error)).toContain(message)
    expect(String(error)).not.toContain('hunter2')
  })

  it('has no public constructor', () => {
    expect(() => Reflect.construct(DatabaseStorage, []) as unknown).toThrow(
      'use await DatabaseStorage.open({ url })',
    )
  })
})

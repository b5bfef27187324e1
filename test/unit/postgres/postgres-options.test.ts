import { describe, expect, it } from 'vitest'
import { resolvePostgresOptions } from '../../../src/postgres/postgres-options.js'

const url = 'postgres://bob:hunter2@db/prompts'

describe('resolvePostgresOptions', () => {
  it('has a default for each option but the place', () => {
    expect(resolvePostgresOptions({ url }, 'open')).toEqual({
      url,
      pool: undefined,
      schemaName: 'holdfast',
      maxConnections: 10,
      staleMs: 1000,
      connectTimeoutMs: 5000,
      statementTimeoutMs: 30_000,
      lockTimeoutMs: 10_000,
      create: true,
      readOnly: false,
    })
  })

  it.each([
    [{}, 'Option "url" or "pool" is required'],
    [{ url, pool: { connect: () => undefined, options: {} } }, '"pool" exclude each other'],
    [{ url: 'mysql://bob:hunter2@db/prompts' }, 'Option "url" must begin with "postgres://"'],
    [{ url: 7 }, 'Option "url" must be a non-empty string without NUL, got a number'],
    [{ pool: 'db' }, 'Option "pool" must be a pg.Pool, got text'],
    [{ url, schemaName: 'a"; DROP TABLE x' }, 'Option "schemaName" must be a letter or "_"'],
    [{ url, schemaName: 's'.repeat(41) }, 'Option "schemaName" must be a letter or "_"'],
    [{ url, staleMs: -1 }, 'Option "staleMs" must be an integer from 0 to 600000, got -1'],
    [{ url, stalems: 1 }, 'Unknown option "stalems" of open; did you mean "staleMs"?'],
  ])('refuses %o', (given, message) => {
    const refused = (): unknown => resolvePostgresOptions(given as never, 'open')
    expect(refused).toThrow(message)
    expect(refused).not.toThrow('hunter2')
  })

  it('needs an object', () => {
    expect(() => resolvePostgresOptions(undefined as never, 'open')).toThrow(
      'open needs the option "url" or "pool"',
    )
  })
})

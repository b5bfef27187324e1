import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { resolveSqliteOptions, SQLITE_OPTION_NAMES } from '../../../src/sqlite/sqlite-options.js'

describe('resolveSqliteOptions', () => {
  it('has a default for each option but the file', () => {
    const { database, documents } = resolveSqliteOptions({ file: 'a.db', cacheSize: 7 })
    expect(database).toEqual({
      file: resolve('a.db'),
      driver: undefined,
      lockTimeoutMs: 10_000,
      pollIntervalMs: 25,
      create: true,
      readOnly: false,
    })
    expect(Object.keys(database)).toEqual(SQLITE_OPTION_NAMES)
    expect(documents).toMatchObject({ cacheSize: 7 })
  })

  it('takes a URL of a file', () => {
    const file = join(import.meta.dirname, 'a b.db')
    expect(resolveSqliteOptions({ file: pathToFileURL(file) }).database.file).toBe(file)
  })

  it.each([
    [{}, 'Option "file" must be a non-empty string without NUL, got undefined'],
    [{ file: ':memory:' }, "must be the path of a file, got ':memory:'; use InMemoryStorage"],
    [
      { file: 'a.db', driver: 'sqlite3' },
      "Option \"driver\" must be one of 'better-sqlite3', 'node'",
    ],
    [{ file: 'a.db', lockTimeoutMs: -1 }, 'Option "lockTimeoutMs" must be an integer from 0'],
    [{ file: 'a.db', pollIntervalMs: 0 }, 'Option "pollIntervalMs" must be an integer from 1'],
    [{ file: 'a.db', cacheSize: 'x' }, 'Option "cacheSize" must be an integer'],
    [
      { file: 'a.db', readonly: true },
      'Unknown option "readonly" of SqliteStorage.open; did you mean "readOnly"?',
    ],
    [undefined, 'Option "file" must be'],
  ])('refuses %o', (given, message) => {
    expect(() => resolveSqliteOptions(given as never)).toThrow(message)
  })
})

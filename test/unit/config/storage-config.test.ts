import { describe, expect, it } from 'vitest'
import {
  placeOf,
  resolveStorageConfig,
  storageConfigOf,
  storageConfigSchema,
} from '../../../src/config/storage-config.js'

const resolve = (given: unknown) => resolveStorageConfig(given, 'config')
const place = (given: unknown) => placeOf(resolve(given), 'config.config')

describe('resolveStorageConfig', () => {
  it('is memory by default', () => {
    expect(resolve({})).toEqual({ backend: 'memory', config: {} })
    expect(storageConfigSchema.safeParse({}).success).toBe(true)
  })

  it('names the backends there are, in the words of the seed documents', () => {
    expect(() => resolve({ backend: 'x' })).toThrow(
      /^Invalid backend 'x'\. Must be one of: memory, filesystem, database, objects$/,
    )
    expect(() => resolve({ backend: 5 })).toThrow(
      'Invalid backend 5. Must be one of: memory, filesystem, database',
    )
  })

  it('names what a backend needs', () => {
    expect(() => resolve({ backend: 'filesystem' })).toThrow(
      /^Filesystem backend missing required config: storage_dir$/,
    )
    expect(() => resolve({ backend: 'filesystem', config: { storage_dir: null } })).toThrow(
      'Filesystem backend missing required config: storage_dir',
    )
    expect(() => resolve({ backend: 'database' })).toThrow(
      'Database backend missing required config: url',
    )
    expect(resolve({ backend: 'filesystem', config: { storageDir: 'x' } })).toBeDefined()
    expect(resolve({ backend: 'database', config: { url_file: 'x' } })).toBeDefined()
  })

  it('refuses an unknown key with the nearest one', () => {
    expect(() => resolve({ backed: 'memory' })).toThrow(
      'Unknown key "backed" of config; did you mean "backend"?',
    )
  })
})

describe('placeOf', () => {
  it('takes a directory as it is written', () => {
    expect(
      place({ backend: 'filesystem', config: { storage_dir: 'a?b%20c', cache_size: 5 } }),
    ).toMatchObject({ target: { scheme: 'file', path: 'a?b%20c' }, rest: { cache_size: 5 } })
  })

  it('refuses a directory in two spellings, and what is not a path', () => {
    expect(() =>
      place({ backend: 'filesystem', config: { storage_dir: 'a', storageDir: 'b' } }),
    ).toThrow('Keys "storage_dir" and "storageDir" of config.config are one setting')
    expect(() => place({ backend: 'filesystem', config: { storage_dir: 5 } })).toThrow(
      'Key "storage_dir" of config.config must be a non-empty string without NUL, got number',
    )
  })

  it('refuses the URL of another backend', () => {
    expect(() => place({ backend: 'database', config: { url: 's3://bucket' } })).toThrow(
      `Key "url" of config.config must be the URL of a database for backend 'database', got 's3://bucket'`,
    )
  })

  it('puts a password of its own into the URL', () => {
    const config = { url: 'postgres://bob@db/x', password: 'a/b@c' }
    expect(place({ backend: 'database', config })).toMatchObject({
      target: {
        url: 'postgres://bob:a%2Fb%40c@db/x',
        shown: 'postgres://bob@db/x',
        hasSecret: true,
      },
      rest: {},
    })
  })

  it('refuses two passwords, and one without a user', () => {
    const placed = (url: string) => () =>
      place({ backend: 'database', config: { url, password: 'x' } })
    expect(placed('postgres://bob:y@db/x')).toThrow('both give a password: give one of them')
    expect(placed('postgres://db/x')).toThrow('needs a user in the URL')
  })
})

describe('storageConfigOf', () => {
  it.each([
    ['memory:', { backend: 'memory', config: {} }],
    [
      'file:prompts?cache_size=5&use_index=false',
      {
        backend: 'filesystem',
        config: { storage_dir: 'prompts', cache_size: 5, use_index: false },
      },
    ],
    ['sqlite:a.db', { backend: 'database', config: { url: 'sqlite:a.db' } }],
    [
      's3://bucket/a?region=eu',
      { backend: 'objects', config: { url: 's3://bucket/a', region: 'eu' } },
    ],
    [
      'postgres://db/x?sslmode=require',
      { backend: 'database', config: { url: 'postgres://db/x?sslmode=require' } },
    ],
  ])('of %s is the configuration of its backend', (url, config) => {
    expect(storageConfigOf(url)).toEqual(config)
  })

  it('refuses a parameter that would name another place', () => {
    for (const url of [
      'file:a?storage_dir=b',
      'file:a?storageDir=b',
      's3://bucket/a?url=gs://other',
    ])
      expect(() => storageConfigOf(url, '--store')).toThrow(
        /^--store: Store URL '.*' is wrong: its parameter "\w+" would name another place; leave it out$/,
      )
    expect(() => storageConfigOf('sqlite:a.db?url=b')).toThrow(/^Store URL 'sqlite:a\.db/)
  })
})

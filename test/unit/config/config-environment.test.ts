import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { leavesOfEnvironment, urlLeaves } from '../../../src/config/config-environment.js'
import { tempDirectory } from '../../support/temp.js'

async function flat(variables: Record<string, string>): Promise<Record<string, unknown>> {
  const leaves = await leavesOfEnvironment(variables)
  return Object.fromEntries(leaves.map(({ path, value }) => [path.join('.'), value]))
}

describe('leavesOfEnvironment', () => {
  it('reads a store by URL, by directory and by backend', async () => {
    expect(await flat({ HOLDFAST_STORE: 'file:a?cache_size=5' })).toEqual({
      'optimizer.storage.backend': 'filesystem',
      'optimizer.storage.config.storage_dir': 'a',
      'optimizer.storage.config.cache_size': 5,
    })
    expect(await flat({ HOLDFAST_DIR: 'a?b' })).toEqual({
      'optimizer.storage.backend': 'filesystem',
      'optimizer.storage.config.storage_dir': 'a?b',
    })
    expect(
      await flat({
        HOLDFAST_STORAGE_BACKEND: 'filesystem',
        HOLDFAST_STORAGE_STORAGE_DIR: 'a',
        HOLDFAST_STORAGE_USE_INDEX: 'FALSE',
      }),
    ).toEqual({
      'optimizer.storage.backend': 'filesystem',
      'optimizer.storage.config.storage_dir': 'a',
      'optimizer.storage.config.use_index': false,
    })
  })

  it('reads a URL from a file, and the password for one', async () => {
    const file = join(await tempDirectory(), 'url')
    await writeFile(file, 'sqlite:a.db\n')
    expect(
      await flat({ HOLDFAST_STORE_FILE: file, HOLDFAST_STORE_PASSWORD_FILE: 'secret' }),
    ).toEqual({
      'optimizer.storage.backend': 'database',
      'optimizer.storage.config.url': 'sqlite:a.db',
      'optimizer.storage.config.password_file': 'secret',
    })
  })

  it('reads numbers, and ignores what is empty or of others', async () => {
    expect(
      await flat({ HOLDFAST_MIN_CONFIDENCE: '0.5', HOLDFAST_STORE: '', HOLDFAST_NATIVE: 'off' }),
    ).toEqual({ 'optimizer.optimization.min_confidence': 0.5 })
  })

  it.each([
    [{ HOLDFAST_STORE: 'a' }, "HOLDFAST_STORE: Store URL 'a' is wrong"],
    [
      { HOLDFAST_STORE: 'memory:', HOLDFAST_DIR: 'a' },
      'HOLDFAST_STORE and HOLDFAST_DIR both name the store',
    ],
    [
      { HOLDFAST_STORE_PASWORD: 'a' },
      'Unknown environment variable HOLDFAST_STORE_PASWORD; did you mean HOLDFAST_STORE_PASSWORD?',
    ],
    [{ HOLDFAST_MAX_ITERATIONS: 'many' }, "HOLDFAST_MAX_ITERATIONS must be a number, got 'many'"],
    [
      { HOLDFAST_MIN_CONFIDENCE: '5' },
      'Environment variable HOLDFAST_MIN_CONFIDENCE: Key "optimizer.optimization.min_confidence" is wrong: ',
    ],
    [{ HOLDFAST_STORE_FILE: '/nowhere' }, 'HOLDFAST_STORE_FILE: the file /nowhere cannot be read'],
  ])('names the variable: %j', async (variables, message) => {
    await expect(leavesOfEnvironment(variables as Record<string, string>)).rejects.toThrow(message)
  })
})

describe('urlLeaves', () => {
  it('names the flag that the URL came from', () => {
    expect(urlLeaves('memory:', '--store')).toEqual([
      { path: ['optimizer', 'storage', 'backend'], value: 'memory', name: '--store' },
    ])
    expect(() => urlLeaves('x:', '--store')).toThrow(/^--store: Store URL/)
  })
})

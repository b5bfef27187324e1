import { writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { leavesOfConfig } from '../../../src/config/file-leaves.js'
import { tempDirectory } from '../../support/temp.js'

async function flat(config: unknown, directory?: string): Promise<Record<string, unknown>> {
  const leaves = await leavesOfConfig(config, 'x.yaml', directory)
  return Object.fromEntries(leaves.map(({ path, value }) => [path.join('.'), value]))
}

const storage = (config: object) => ({ optimizer: { storage: { backend: 'filesystem', config } } })

describe('leavesOfConfig', () => {
  it('makes the paths of a file relative to its directory', async () => {
    expect(
      await flat(
        { io_paths: { workflow_dsl: 'w' }, ...storage({ storageDir: './data', cacheSize: 5 }) },
        '/etc/holdfast',
      ),
    ).toEqual({
      'io_paths.workflow_dsl': '/etc/holdfast/w',
      'optimizer.storage.backend': 'filesystem',
      'optimizer.storage.config.storage_dir': '/etc/holdfast/data',
      'optimizer.storage.config.cache_size': 5,
    })
    const database = { backend: 'database', config: { url: 'sqlite:a.db', password_file: 'p' } }
    expect(await flat({ optimizer: { storage: database } }, '/etc')).toMatchObject({
      'optimizer.storage.config.url': 'sqlite:/etc/a.db',
      'optimizer.storage.config.password_file': '/etc/p',
    })
    expect(await flat(storage({ storage_dir: '/data' }), '/etc')).toMatchObject({
      'optimizer.storage.config.storage_dir': '/data',
    })
  })

  it('takes a store URL', async () => {
    expect(await flat({ optimizer: { storage: 'file:data' } }, '/etc')).toEqual({
      'optimizer.storage.backend': 'filesystem',
      'optimizer.storage.config.storage_dir': '/etc/data',
    })
  })

  it('warns once of a form of earlier releases', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    const warned = once(process, 'warning')
    for (let times = 0; times < 2; times++)
      expect(await flat({ optimizer: { storage: 'memory' } })).toEqual({
        'optimizer.storage.backend': 'memory',
      })
    await warned
    process.off('warning', note)
    expect(warnings).toMatchObject([
      { name: 'DeprecationWarning', code: 'HOLDFAST_DEP_STORAGE_TEXT' },
    ])
    expect(warnings[0]?.message).toBe(
      'x.yaml: "optimizer.storage" is no longer a plain name: write "optimizer.storage.backend: memory" ("holdfast config migrate" rewrites the file)',
    )
  })

  it('reads secrets of dify.auth from files', async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, 'token'), 's3cret\n')
    const config = { dify: { auth: { token_file: 'token', user: 'bob' } } }
    expect(await flat(config, directory)).toEqual({
      'dify.auth.token': 's3cret',
      'dify.auth.user': 'bob',
    })
    await expect(flat({ dify: { auth: { token: 'a', token_file: 'b' } } })).rejects.toThrow(
      'x.yaml: Keys "token" and "token_file" of dify.auth are one secret',
    )
  })

  it.each([
    [
      { optimzer: {} },
      'x.yaml: Unknown key "optimzer" of the configuration; did you mean "optimizer"?',
    ],
    [
      { optimizer: { storage: 'redis' } },
      "x.yaml: Invalid backend 'redis'. Must be one of: memory, filesystem, database",
    ],
    [
      { optimizer: { storage: { backend: 'x' } } },
      "x.yaml: Invalid backend 'x'. Must be one of: memory, filesystem, database",
    ],
    [{ optimizer: { storage: 'pq://x' } }, 'x.yaml: optimizer.storage: Store URL'],
    [
      { optimizer: { optimization: { min_improvment: 5 } } },
      'Unknown key "min_improvment" of optimizer.optimization; did you mean "min_improvement"?',
    ],
    [
      storage({ cache_size: 1, cacheSize: 1 }),
      'x.yaml: Keys "cache_size" and "cacheSize" of optimizer.storage.config are one setting',
    ],
    [[], 'x.yaml: The configuration is wrong: expected object, got an array'],
    [null, 'x.yaml: The configuration is wrong: expected object, got null'],
  ])('names the source and the key: %j', async (config, message) => {
    await expect(flat(config)).rejects.toThrow(message)
  })
})

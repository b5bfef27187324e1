import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { placeOf } from '../../../src/config/storage-config.js'
import { createStorage, loadConfig } from '../../../src/index.js'
import { tempDirectory } from '../../support/temp.js'

const EXAMPLES = join(import.meta.dirname, '../../../examples/config')

async function load(name: string) {
  const file = join(EXAMPLES, name)
  return (await loadConfig({ file, environment: {} })).config.optimizer
}

describe('the example configurations', () => {
  it('are four, and each of them is valid', async () => {
    const names = readdirSync(EXAMPLES)
    expect(names.sort()).toEqual([
      'development.yaml',
      'many-nodes.yaml',
      'production.yaml',
      'test.yaml',
    ])
    for (const name of names) expect((await load(name)).optimization.max_iterations, name).toBe(3)
  })

  it('for development opens a store in memory, and optimises sooner', async () => {
    const { storage, optimization } = await load('development.yaml')
    expect(optimization.min_baseline_score).toBe(50)
    await using opened = await createStorage(storage)
    expect(await opened.listPromptIds()).toEqual([])
  })

  it.each([
    ['test.yaml', join(EXAMPLES, 'tmp/test_versions')],
    ['production.yaml', '/var/lib/holdfast/versions'],
  ])('of %s opens a directory with all of its settings', async (name, directory) => {
    const { storage } = await load(name)
    expect(storage.config['storage_dir']).toBe(directory)
    const storage_dir = join(await tempDirectory(), 'versions')
    await using opened = await createStorage({
      ...storage,
      config: { ...storage.config, storage_dir },
    })
    expect(opened).toMatchObject({ storageDir: storage_dir })
  })

  it('for many nodes names a database, and a file for its password', async () => {
    const { storage } = await load('many-nodes.yaml')
    const { password_file, ...config } = storage.config
    expect(password_file).toBe('/run/secrets/holdfast-db')
    const { target } = placeOf({ ...storage, config: { ...config, password: 'x' } }, 'config')
    expect(target).toMatchObject({
      url: 'postgres://holdfast:x@db.internal:5432/prompts?sslmode=verify-full',
    })
  })
})

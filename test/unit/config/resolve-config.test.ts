import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../../src/config/resolve-config.js'
import { tempDirectory } from '../../support/temp.js'

const YAML = `
optimizer:
  storage:
    backend: filesystem
    config: { storage_dir: data, cache_size: 500, use_index: false }
  optimization: { min_improvement: 7 }
`

async function placeWith(yaml: string): Promise<{ directory: string; file: string }> {
  const root = await tempDirectory()
  const file = join(root, 'holdfast.config.yaml')
  await writeFile(file, yaml)
  const directory = join(root, 'below')
  await mkdir(directory)
  return { directory, file }
}

describe('resolveConfig', () => {
  it('is all defaults where nothing is configured', async () => {
    const { config, origins, file } = await resolveConfig({ file: false, environment: {} })
    expect(config).toEqual({
      io_paths: {},
      dify: { auth: {} },
      optimizer: {
        storage: { backend: 'memory', config: {} },
        optimization: {
          min_baseline_score: 80,
          min_improvement: 5,
          min_confidence: 0.6,
          max_iterations: 3,
        },
      },
    })
    expect(file).toBeUndefined()
    expect(new Set(Object.values(origins).map(({ source }) => source))).toEqual(
      new Set(['default']),
    )
  })

  it('takes each value from the strongest source that has it, and says which', async () => {
    const { directory, file } = await placeWith(YAML)
    const environment = { HOLDFAST_STORAGE_CACHE_SIZE: '9', HOLDFAST_MAX_ITERATIONS: '2' }
    const { config, origins, file: read } = await resolveConfig({ directory, environment })
    expect(read).toBe(file)
    expect(config.optimizer).toEqual({
      storage: {
        backend: 'filesystem',
        config: { storage_dir: join(directory, '../data'), use_index: false, cache_size: 9 },
      },
      optimization: {
        min_baseline_score: 80,
        min_improvement: 7,
        min_confidence: 0.6,
        max_iterations: 2,
      },
    })
    expect(origins).toMatchObject({
      'optimizer.storage.config.storage_dir': { source: 'file', name: file },
      'optimizer.storage.config.cache_size': {
        source: 'environment',
        name: 'HOLDFAST_STORAGE_CACHE_SIZE',
      },
      'optimizer.optimization.min_improvement': { source: 'file', name: file },
      'optimizer.optimization.min_baseline_score': { source: 'default', name: '' },
    })
  })

  it('drops the settings of a store that a stronger source replaces', async () => {
    const { directory } = await placeWith(YAML)
    const environment = { HOLDFAST_STORE: 'file:other' }
    const { config } = await resolveConfig({ directory, environment })
    expect(config.optimizer.storage.config).toEqual({ storage_dir: 'other' })
    const strongest = await resolveConfig({ directory, environment, store: 'memory:' })
    expect(strongest.config.optimizer.storage).toEqual({ backend: 'memory', config: {} })
    expect(strongest.origins['optimizer.storage.backend']).toEqual({
      source: 'flag',
      name: 'Option "store"',
    })
    expect(strongest.config.optimizer.optimization.min_improvement).toBe(7)
  })

  it('reads a named file, by option or HOLDFAST_CONFIG', async () => {
    const { directory, file } = await placeWith(YAML)
    const other = join(directory, 'other.json')
    await writeFile(other, '{ "optimizer": { "storage": "memory:" } }')
    const named = await resolveConfig({ directory, file: 'other.json', environment: {} })
    expect(named.file).toBe(other)
    const byVariable = await resolveConfig({ environment: { HOLDFAST_CONFIG: file } })
    expect(byVariable.file).toBe(file)
    await expect(resolveConfig({ file: '/nowhere.yaml', environment: {} })).rejects.toThrow(
      'Configuration file /nowhere.yaml cannot be read: there is no such file',
    )
  })

  it('names the source of a storage that lacks a setting', async () => {
    const { directory, file } = await placeWith('optimizer: { storage: { backend: filesystem } }')
    await expect(resolveConfig({ directory, environment: {} })).rejects.toThrow(
      `${file}: Filesystem backend missing required config: storage_dir`,
    )
    const environment = { HOLDFAST_STORAGE_BACKEND: 'tape' }
    await expect(resolveConfig({ file: false, environment })).rejects.toThrow(
      "HOLDFAST_STORAGE_BACKEND: Invalid backend 'tape'. Must be one of: memory",
    )
  })

  it('refuses an unknown option, and an empty path', async () => {
    await expect(resolveConfig({ fiel: 'x' } as object)).rejects.toThrow(
      'Unknown option "fiel" of loadConfig; did you mean "file"?',
    )
    await expect(resolveConfig({ directory: '' })).rejects.toThrow('Option "directory" must be')
  })
})

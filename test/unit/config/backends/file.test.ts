import { describe, expect, it } from 'vitest'
import { fileBackend } from '../../../../src/config/backends/file.js'
import { parseStoreUrl } from '../../../../src/config/store-url.js'
import { snakeCased } from '../../../../src/config/keys.js'
import { tempDirectory } from '../../../support/temp.js'

describe('fileBackend', () => {
  it('opens the directory of the URL with the settings', async () => {
    const directory = await tempDirectory()
    const target = parseStoreUrl(`file:${directory}`)
    await using store = await fileBackend.open({
      target,
      settings: { enableSharding: true, shardDepth: 1 },
      options: {},
    })
    expect(store).toMatchObject({ storageDir: directory })
  })

  it('has the settings of the seed documents, and none that a file cannot hold', () => {
    const names = fileBackend.settings.map(snakeCased)
    for (const name of [
      'use_index',
      'use_cache',
      'cache_size',
      'enable_sharding',
      'shard_depth',
      'validate_index_on_load',
    ])
      expect(names).toContain(name)
    for (const name of ['schema', 'upgrade', 'native_binding', 'storage_dir'])
      expect(names).not.toContain(name)
  })
})

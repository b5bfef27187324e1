import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createStorage, loadConfig } from '../../../src/index.js'
import { tempDirectory } from '../../support/temp.js'

describe('loadConfig', () => {
  it('gives createStorage what a file says', async () => {
    const directory = await tempDirectory()
    const yaml = 'optimizer: { storage: { backend: filesystem, config: { storage_dir: data } } }'
    await writeFile(join(directory, 'holdfast.config.yaml'), yaml)
    const { config } = await loadConfig({ directory, environment: {} })
    await using storage = await createStorage(config.optimizer.storage)
    expect(storage).toMatchObject({ storageDir: join(directory, 'data') })
  })

  it('reads the variables of the process by default', async () => {
    const directory = await tempDirectory()
    process.env['HOLDFAST_MIN_IMPROVEMENT'] = '11'
    try {
      const { config } = await loadConfig({ directory, file: false })
      expect(config.optimizer.optimization.min_improvement).toBe(11)
    } finally {
      delete process.env['HOLDFAST_MIN_IMPROVEMENT']
    }
  })
})

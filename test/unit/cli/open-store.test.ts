import { describe, expect, it } from 'vitest'
import type { Environment } from '../../../src/cli/environment.js'
import { openFileStore, openStore } from '../../../src/cli/open-store.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'

function environment(variables: Environment['variables']): Environment {
  return createEnvironment({ variables }).environment
}

describe('openStore', () => {
  it('asks for the directory by flag or variable, naming both', async () => {
    await expect(
      openStore(environment({}), { color: true }, { create: true }),
    ).rejects.toMatchObject({
      code: 'CLI-USAGE-001',
      message: expect.stringMatching(/--dir .*HOLDFAST_DIR/),
    })
  })

  it('takes the flag over the variable', async () => {
    const flag = await tempDirectory()
    const variable = await tempDirectory()
    const store = await openFileStore(
      environment({ HOLDFAST_DIR: variable }),
      { color: true, dir: flag },
      'save',
      { create: true },
    )
    expect(store.pathOf('p', '1.0.0').startsWith(flag)).toBe(true)
    await store.close()
  })

  it('refuses an unknown value of HOLDFAST_NATIVE', async () => {
    const dir = await tempDirectory()
    const opened = openStore(
      environment({ HOLDFAST_NATIVE: 'maybe' }),
      { color: true, dir },
      { create: true },
    )
    await expect(opened).rejects.toThrow(
      'HOLDFAST_NATIVE must be off, require or an absolute path, got maybe',
    )
  })

  it('takes the settings of a URL, and flags over them', async () => {
    const dir = await tempDirectory()
    const store = `file:${dir}?enable_sharding=true&shard_depth=2`
    const options = { color: true, store, shardDepth: 1 }
    const opened = await openFileStore(environment({}), options, 'save', { create: true })
    expect((await opened.getStorageStats()).sharding.depth).toBe(1)
    await opened.close()
    const wrong = { color: true, store: `file:${dir}?cache_sise=1` }
    await expect(openStore(environment({}), wrong, {})).rejects.toThrow(
      'Unknown key "cache_sise" of optimizer.storage.config; did you mean "cache_size"?',
    )
  })
})

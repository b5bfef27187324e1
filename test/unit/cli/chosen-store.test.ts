import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  chosenStore,
  configurationHere,
  directoryOf,
  directorySettings,
  parseYamlHere,
} from '../../../src/cli/chosen-store.js'
import type { Environment } from '../../../src/cli/environment.js'
import type { GlobalOptions } from '../../../src/cli/global-options.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'

async function chosen(options: Partial<GlobalOptions>, variables: Environment['variables'] = {}) {
  return await chosenStore(createEnvironment({ variables }).environment, {
    color: true,
    ...options,
  })
}

describe('chosenStore', () => {
  it('takes flags over the environment, and the environment over a file', async () => {
    const config = join(await tempDirectory(), 'a.yaml')
    await writeFile(config, 'optimizer: { storage: "file:from-file" }')
    const variables = { HOLDFAST_STORE: 'file:from-variable?cache_size=5' }
    expect(await chosen({ store: 'file:flag', config }, variables)).toMatchObject({
      target: { scheme: 'file', path: 'flag' },
      settings: {},
    })
    expect(await chosen({ dir: 'flag?' }, variables)).toMatchObject({ target: { path: 'flag?' } })
    const byVariable = await chosen({ config }, variables)
    expect(byVariable).toMatchObject({ target: { path: 'from-variable' } })
    expect(directorySettings(byVariable)).toEqual({ cacheSize: 5 })
    expect(await chosen({ config })).toMatchObject({
      target: { path: join(config, '../from-file') },
    })
  })

  it('refuses none, and two', async () => {
    await expect(chosen({ config: '' })).rejects.toThrow(
      'No storage directory given: pass --dir DIRECTORY or set HOLDFAST_DIR, or name a store by --store URL',
    )
    await expect(chosen({ dir: '' }, { HOLDFAST_DIR: 'a' })).rejects.toThrow(
      'No storage directory given',
    )
    await expect(chosen({ dir: 'a', store: 'file:b' })).rejects.toThrow(
      'Either --dir or --store, not both',
    )
    await expect(chosen({}, { HOLDFAST_DIR: 'a', HOLDFAST_STORE: 'file:b' })).rejects.toThrow(
      'Environment variables HOLDFAST_STORE and HOLDFAST_DIR both name the store: set one',
    )
  })

  it('names the flag whose URL is wrong', async () => {
    await expect(chosen({ store: 'prompts' })).rejects.toThrow(
      "Store URL 'prompts' is wrong: its scheme is missing; write file:prompts",
    )
  })

  it('refuses a password among the arguments, says where it may be, and does not repeat it', async () => {
    for (const store of ['postgres://bob:hunter2@db/x', 'postgres://db/x?password=hunter2']) {
      const failed = chosen({ store })
      await expect(failed).rejects.toMatchObject({ code: 'CLI-USAGE-001' })
      await expect(failed).rejects.toThrow(
        /contains a password, which other users .* HOLDFAST_STORE_PASSWORD_FILE; or put the whole URL into HOLDFAST_STORE or a configuration file/,
      )
      await expect(failed).rejects.not.toThrow('hunter2')
    }
    const variables = { HOLDFAST_STORE: 'postgres://bob:hunter2@db/x' }
    expect((await chosen({}, variables)).target).toMatchObject({
      url: 'postgres://bob:hunter2@db/x',
      shown: 'postgres://bob:***@db/x',
    })
  })
})

describe('configurationHere', () => {
  it('says that a value comes from a flag', async () => {
    const { environment } = createEnvironment()
    const { origins } = await configurationHere(environment, { color: true, dir: 'a', config: '' })
    expect(origins['optimizer.storage.config.storage_dir']).toEqual({
      source: 'flag',
      name: '--dir',
    })
  })
})

describe('directoryOf', () => {
  it('names what another store cannot do', async () => {
    expect(directoryOf(await chosen({ dir: 'a' }), 'compress')).toBe('a')
    const memory = await chosen({ store: 'memory:' })
    expect(() => directoryOf(memory, 'compress')).toThrow(
      'The store memory: cannot do this: "compress" needs a store of files',
    )
  })
})

it('parseYamlHere reads YAML with the parser of the command', async () => {
  expect(await parseYamlHere('a: 1')).toEqual({ a: 1 })
})

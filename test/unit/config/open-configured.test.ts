import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { openConfigured, openStore } from '../../../src/config/open-configured.js'
import { tempDirectory } from '../../support/temp.js'

const open = async (given: unknown) => await openConfigured(given, undefined)

describe('openConfigured', () => {
  it.each([
    [
      { backend: 'filesystem', config: { storage_dir: 'x', cache_sise: 1 } },
      'Unknown key "cache_sise" of config; did you mean "cache_size"?',
    ],
    [
      { backend: 'filesystem', config: { storage_dir: 'x', url: 'y' } },
      'Unknown key "url" of config',
    ],
    [
      { backend: 'filesystem', config: { storage_dir: 'x', cache_size: 'y' } },
      `Key "config.cache_size" must be an integer from 1 to 100000000, got 'y'`,
    ],
    [
      { backend: 'filesystem', config: { storage_dir: 'x', retry: { attempts: 99 } } },
      'Key "config.retry.attempts" must be an integer from 1 to 10, got 99',
    ],
    ['file:x?cache_sise=1', 'Unknown key "cache_sise" of config; did you mean "cache_size"?'],
    [{ backend: 'tape' }, "Invalid backend 'tape'. Must be one of: memory, filesystem, database"],
    [['file:x'], 'createStorage needs a store URL or a configuration'],
  ])('refuses %j', async (given, message) => {
    await expect(open(given)).rejects.toThrow(message)
  })

  it('refuses an unknown option of the call', async () => {
    await expect(openConfigured({}, { shema: 1 } as object)).rejects.toThrow(
      'Unknown option "shema" of createStorage; did you mean "schema"?',
    )
  })

  it('keeps the kind of the error and its cause', async () => {
    const directory = await tempDirectory()
    const config = { storage_dir: directory, cache_size: 0 }
    await expect(open({ backend: 'filesystem', config })).rejects.toMatchObject({
      name: 'RangeError',
      cause: { name: 'RangeError' },
    })
  })

  it('warns of settings that memory does not have', async () => {
    const warned = once(process, 'warning')
    const store = await open({ backend: 'memory', config: { storage_dir: 'x' } })
    await store.close()
    expect((await warned)[0]).toMatchObject({
      code: 'HOLDFAST_OPTION_WITHOUT_EFFECT',
      message: "Settings without effect: storage_dir. Backend 'memory' has none",
    })
  })

  it('reads the URL from a file, and never shows what is wrong in it', async () => {
    const file = join(await tempDirectory(), 'url')
    await writeFile(file, 'postgres://bob:hunter2@db:x/prompts\n')
    const opened = open({ backend: 'database', config: { url_file: file } })
    await expect(opened).rejects.toThrow('its port must be a number')
    await expect(opened).rejects.not.toThrow('hunter2')
  })
})

describe('openStore', () => {
  it('names keys by their place in the configuration', async () => {
    const config = { storage_dir: 'x', use_index: 1 }
    await expect(
      openStore({ backend: 'filesystem', config }, {}, 'optimizer.storage.config'),
    ).rejects.toThrow('Key "optimizer.storage.config.use_index" must be true or false, got 1')
  })
})

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createStorage, isStorageError, PromptRegistry } from '../../../src/index.js'
import { tempDirectory } from '../../support/temp.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'

describe('createStorage', () => {
  it('is memory for an empty configuration and for memory:', async () => {
    for (const config of [{}, 'memory:', { backend: 'memory' as const }]) {
      await using storage = await createStorage(config)
      await storage.saveVersion(sampleVersion('p', '1.0.0'))
      expect(await storage.getLatestVersionName('p')).toBe('1.0.0')
    }
  })

  it('opens the same directory by URL and by configuration', async () => {
    const directory = join(await tempDirectory(), 'pro mpts?')
    const url = `file:${encodeURIComponent(directory)}`
    {
      await using storage = await createStorage(url)
      await storage.saveVersion(sampleVersion('p', '1.0.0'))
    }
    const config = { backend: 'filesystem' as const, config: { storage_dir: directory } }
    await using storage = await createStorage(config)
    expect(await storage.listPromptIds()).toEqual(['p'])
    await using registry = new PromptRegistry({ storage })
    expect((await registry.get('p'))?.version).toBe('1.0.0')
  })

  it('keeps documents of another schema', async () => {
    const schema = z.object({ prompt_id: z.string(), version: z.string(), body: z.string() })
    await using storage = await createStorage('memory:', { schema })
    await storage.saveVersion({ prompt_id: 'p', version: '1.0.0', body: 'x' })
    expect(await storage.getVersion('p', '1.0.0')).toMatchObject({ body: 'x' })
  })

  it('makes no store with create: false, and writes nothing with readOnly', async () => {
    const directory = join(await tempDirectory(), 'prompts')
    for (const options of [{ create: false }, { readOnly: true }]) {
      const error: unknown = await createStorage(`file:${directory}`, options).catch(
        (reason: unknown) => reason,
      )
      expect(isStorageError(error, 'FS-FORMAT-001')).toBe(true)
    }
    await expect(readdir(directory)).rejects.toThrow('ENOENT')
  })

  it('names misuse with the line of the caller', async () => {
    // @ts-expect-error a forgotten variable of the environment must not become a store in memory
    const error: unknown = await createStorage(undefined).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      name: 'TypeError',
      code: 'ERR_HOLDFAST_ARGUMENT',
      message:
        "createStorage needs a store URL or a configuration, got undefined; for memory: {} or 'memory:'",
      stack: expect.stringContaining('create-storage.test.ts'),
    })
  })
})

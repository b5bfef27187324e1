import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  exportPrompts,
  type ExportPromptsOptions,
} from '../../../src/interchange/export-prompts.js'
import { importPrompts } from '../../../src/interchange/import-prompts.js'
import { FORMATS, type Format } from '../../../src/interchange/read-items.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import { tempDirectory } from '../../support/temp.js'
import { hostileId, hostileText } from './texts.js'

async function filled(): Promise<MemoryStorage> {
  const storage = new MemoryStorage()
  const registry = new PromptRegistry({ storage })
  await registry.publish('a', { text: 'one' }, { author: 'ada', message: 'First' })
  await registry.publish('a', { text: 'two' }, { labels: ['production'], tags: ['x'] })
  await registry.publish('team/b', { messages: [{ role: 'user', content: 'Hi {{x}}' }] })
  return storage
}

async function target(): Promise<string> {
  return join(await tempDirectory(), 'out')
}

describe('exportPrompts', () => {
  it.each([...FORMATS])('writes the same %s again as unchanged', async (format) => {
    await using storage = await filled()
    const to = await target()
    const first = await exportPrompts({ storage, format, to })
    const versions = format === 'dotprompt' || format === 'promptfoo' ? 2 : 3
    expect(first.totals).toEqual({ written: versions, unchanged: 0, refused: 0 })
    const second = await exportPrompts({ storage, format, to })
    expect(second.totals).toEqual({ written: 0, unchanged: versions, refused: 0 })
  })

  it.each([...FORMATS])('writes nothing of %s in a dry run', async (format) => {
    await using storage = await filled()
    const to = await target()
    const { totals } = await exportPrompts({ storage, format, to, dryRun: true })
    expect(totals.written).toBeGreaterThan(0)
    await expect(readdir(to)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each<Format>(['json', 'git', 'langfuse'])(
    'writes %s from which every version is read again, with labels and tags',
    async (format) => {
      await using storage = await filled()
      const to = await target()
      await exportPrompts({ storage, format, to })
      await using again = new MemoryStorage()
      await importPrompts({ storage: again, format, from: to })
      for (const id of ['a', 'team/b']) {
        expect(await again.listVersions(id)).toEqual(await storage.listVersions(id))
        const labels = Object.keys((await again.readHead(id))?.labels ?? {})
        expect(labels).toEqual(id === 'a' ? ['production'] : [])
      }
      expect((await again.readHead('a'))?.tags).toEqual({ '1.0.1': ['x'] })
    },
  )

  it('writes what prompts with any id and text are read from again', async () => {
    const prompts = fc.dictionary(
      hostileId,
      fc.array(hostileText, { minLength: 1, maxLength: 3 }),
      {
        minKeys: 1,
        maxKeys: 3,
      },
    )
    const format = fc.constantFrom<Format>('json', 'git', 'langfuse')
    await fc.assert(
      fc.asyncProperty(prompts, format, async (texts, chosen) => {
        await using storage = new MemoryStorage()
        const registry = new PromptRegistry({ storage })
        for (const [id, versions] of Object.entries(texts))
          for (const text of versions)
            await registry.publish(id, { text }, { metadata: { message: text, author: text } })
        const to = await target()
        await exportPrompts({ storage, format: chosen, to })
        await using again = new MemoryStorage()
        await importPrompts({ storage: again, format: chosen, from: to })
        expect(await again.listPromptIds()).toEqual(await storage.listPromptIds())
        for (const id of Object.keys(texts))
          expect(await again.listVersions(id)).toEqual(await storage.listVersions(id))
      }),
      { numRuns: 12 },
    )
  })

  it('chooses prompts, and the version that a reference names', async () => {
    await using storage = await filled()
    const to = await target()
    const { items } = await exportPrompts({
      storage,
      format: 'json',
      to,
      promptIds: ['a'],
      reference: '1.0.0',
    })
    expect(items).toEqual([
      { prompt_id: 'a', version: '1.0.0', outcome: 'written', path: 'a/1.0.0.json' },
    ])
    const labelled = await exportPrompts({
      storage,
      format: 'dotprompt',
      to: `${to}2`,
      reference: '@production',
    })
    expect(labelled.items).toMatchObject([{ prompt_id: 'a', version: '1.0.1' }])
    expect(await readFile(join(`${to}2`, 'a.prompt'), 'utf8')).toBe('{{role "system"}}\ntwo\n')
  })

  it('names what a format does not hold', async () => {
    await using storage = new MemoryStorage()
    const registry = new PromptRegistry({ storage })
    await registry.publish('a', { text: 'x', context: { from: 1 } })
    await registry.publish('b', { messages: [{ role: 'user', content: [{ text: 'x' }] }] })
    const { items, totals } = await exportPrompts({
      storage,
      format: 'dotprompt',
      to: await target(),
    })
    expect(items).toEqual([
      {
        prompt_id: 'a',
        version: '1.0.0',
        outcome: 'written',
        path: 'a.prompt',
        lost: ['context'],
      },
      {
        prompt_id: 'b',
        version: '1.0.0',
        outcome: 'refused',
        reason: expect.stringContaining('a message has more than a role and a text'),
      },
    ])
    expect(totals).toEqual({ written: 1, unchanged: 0, refused: 1 })
  })

  it('replaces no file with another content unless it is told to, and then writes nothing', async () => {
    await using storage = await filled()
    const to = await target()
    await mkdir(to)
    await writeFile(join(to, 'a.prompt'), 'mine')
    const options = { storage, format: 'dotprompt', to } as const
    await expect(exportPrompts(options)).rejects.toMatchObject({
      code: 'OPT-FORMAT-002',
      context: { files: ['a.prompt'] },
    })
    expect(await readdir(to)).toEqual(['a.prompt'])
    await exportPrompts({ ...options, overwrite: true })
    expect(await readFile(join(to, 'a.prompt'), 'utf8')).toContain('two')
  })

  it('says that a target cannot be written', async () => {
    await using storage = await filled()
    const directory = await tempDirectory()
    await writeFile(join(directory, 'file'), '')
    await chmod(join(directory, 'file'), 0o600)
    const to = join(directory, 'file', 'out')
    await expect(exportPrompts({ storage, format: 'json', to })).rejects.toMatchObject({
      code: 'OPT-FORMAT-002',
      message: expect.stringContaining('cannot be written'),
    })
  })

  it.each([
    [{ too: 'x' }, 'Unknown option "too"'],
    [{ format: 'xml' }, 'Option "format" must be one of'],
    [{ to: '' }, 'Option "to"'],
    [{ promptIds: [''] }, 'promptIds[0]'],
    [{ reference: 'newest' }, 'Argument "reference" must be'],
    [{ branch: 'x' }, `Option "branch" is for the format 'git'`],
    [{ format: 'git', branch: 'a b' }, 'Option "branch" must be the name of a branch'],
    [{ overwrite: 1 }, 'Option "overwrite" must be true or false'],
    [{ dryRun: 1 }, 'Option "dryRun" must be true or false'],
  ])('refuses %j', async (change, message) => {
    await using storage = await filled()
    const options = { storage, format: 'json', to: 'x', ...change } as ExportPromptsOptions
    await expect(exportPrompts(options)).rejects.toMatchObject({
      code: 'ERR_HOLDFAST_ARGUMENT',
      message: expect.stringContaining(message),
    })
  })
})

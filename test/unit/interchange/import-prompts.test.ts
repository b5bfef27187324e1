import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  collectItems,
  importItems,
  importPrompts,
  type ImportPromptsOptions,
} from '../../../src/interchange/import-prompts.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { tempDirectory } from '../../support/temp.js'

async function tree(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await tempDirectory()
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
  return directory
}

describe('importPrompts', () => {
  it('imports what fits, reports the rest with its place, and changes nothing again', async () => {
    await using storage = new MemoryStorage()
    const from = await tree({ 'a.json': '{"text":"Hi"}', 'b.json': '{', 'c.json': ' ' })
    const first = await importPrompts({ storage, format: 'json', from })
    expect(first).toEqual({
      items: [
        { place: 'a.json', outcome: 'created', prompt_id: 'a', version: '1.0.0' },
        { place: 'b.json:1', outcome: 'refused', reason: 'it is not JSON' },
        { place: 'c.json', outcome: 'skipped', reason: 'it has no text' },
      ],
      totals: { created: 1, unchanged: 0, skipped: 1, refused: 1 },
    })
    const before = await storage.listVersions('a')
    const second = await importPrompts({ storage, format: 'json', from })
    expect(second.totals).toEqual({ created: 0, unchanged: 1, skipped: 1, refused: 1 })
    expect(await storage.listVersions('a')).toEqual(before)
  })

  it('stores nothing in a dry run, and says what it would', async () => {
    await using storage = new MemoryStorage()
    const from = await tree({ 'a.json': '{"text":"Hi"}' })
    const { totals } = await importPrompts({ storage, format: 'json', from, dryRun: true })
    expect(totals.created).toBe(1)
    expect(await storage.listPromptIds()).toEqual([])
  })

  it('refuses a second file with the same id', async () => {
    await using storage = new MemoryStorage()
    const from = await tree({ 'a.prompt': 'one', '_a.prompt': 'two' })
    const { items } = await importPrompts({ storage, format: 'dotprompt', from })
    expect(items).toMatchObject([
      { place: '_a.prompt', outcome: 'created' },
      { place: 'a.prompt', outcome: 'refused', reason: "_a.prompt has the same id, 'a'" },
    ])
  })

  it('reports its progress, takes its clock, and can be aborted', async () => {
    await using storage = new MemoryStorage()
    const from = await tree({ 'a.json': '{"text":"Hi"}', 'b.json': '{"text":"Ho"}' })
    const progress: number[][] = []
    await importPrompts({
      storage,
      format: 'json',
      from: [from],
      concurrency: 1,
      now: () => new Date('2020-02-02T02:02:02.000Z'),
      onProgress: (...counts) => progress.push(counts),
    })
    expect(progress).toEqual([
      [1, 2],
      [2, 2],
    ])
    expect(await storage.getLatestVersion('a')).toMatchObject({
      created_at: '2020-02-02T02:02:02.000Z',
      metadata: { source: { format: 'json', path: 'a.json' } },
    })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(importPrompts({ storage, format: 'json', from, signal })).rejects.toThrow('enough')
  })

  it('can read everything before there is a storage', async () => {
    const from = await tree({ 'a.json': '{"text":"Hi"}' })
    const items = await collectItems({ format: 'json', from })
    await using storage = new MemoryStorage()
    expect((await importItems(items, { storage })).totals.created).toBe(1)
  })

  it.each([
    [{ fromat: 'json' }, 'Unknown option "fromat"'],
    [{ format: 'xml' }, 'Option "format" must be one of'],
    [{ from: [] }, 'Option "from" must be a path or a list of paths'],
    [{ from: 3 }, 'Option "from" must be'],
    [{ revision: 'main' }, `Option "revision" is for the format 'git'`],
    [{ format: 'git', revision: '-x' }, 'Option "revision" must be a branch, tag or commit'],
    [{ format: 'git', patterns: [] }, 'Option "patterns" must be a list of patterns'],
    [{ moveLabels: 'yes' }, 'Option "moveLabels" must be true or false'],
    [{ protectedLabels: ['No!'] }, 'protectedLabels[0]'],
    [{ concurrency: 0 }, 'Option "concurrency" must be an integer from 1 to 1024'],
    [{ now: 3 }, 'Option "now" must be a function'],
  ])('refuses %j', async (change, message) => {
    await using storage = new MemoryStorage()
    const options = { storage, format: 'json', from: 'x', ...change } as ImportPromptsOptions
    await expect(importPrompts(options)).rejects.toMatchObject({
      code: 'ERR_HOLDFAST_ARGUMENT',
      message: expect.stringContaining(message),
    })
  })
})

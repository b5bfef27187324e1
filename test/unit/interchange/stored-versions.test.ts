import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  promptStorage,
  readPrompt,
  storedPrompts,
  type Selection,
} from '../../../src/interchange/stored-versions.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import { parseReference } from '../../../src/versions/registry/reference.js'
import type { RegistryStorage } from '../../../src/versions/registry/registry-options.js'

async function filled(): Promise<MemoryStorage> {
  const storage = new MemoryStorage({ allowPrerelease: true })
  const registry = new PromptRegistry({ storage })
  await registry.publish('a', { text: 'one' }, { labels: ['production'], tags: ['x'] })
  await registry.publish('a', { text: 'two' }, { bump: 'minor' })
  await storage.saveVersion({
    prompt_id: 'b',
    version: '1.0.0-beta.1',
    created_at: '2026-01-01T00:00:00.000Z',
    prompt: { text: 'beta' },
  })
  return storage
}

async function names(storage: MemoryStorage, selection: Partial<Selection>): Promise<string[]> {
  const all = { promptIds: undefined, reference: undefined, ...selection }
  const found: string[] = []
  for await (const versions of storedPrompts(promptStorage(storage), all))
    for (const { document } of versions) found.push(`${document.prompt_id}@${document.version}`)
  return found
}

describe('what is exported', () => {
  it('is every version with its labels and tags', async () => {
    await using storage = await filled()
    const prompts: unknown[] = []
    const all = { promptIds: ['a'], reference: undefined }
    for await (const versions of storedPrompts(promptStorage(storage), all)) prompts.push(versions)
    expect(prompts).toMatchObject([
      [
        { document: { version: '1.0.0' }, labels: ['production'], tags: ['x'] },
        { document: { version: '1.1.0' }, labels: [], tags: [] },
      ],
    ])
    expect(await names(storage, {})).toEqual(['a@1.0.0', 'a@1.1.0', 'b@1.0.0-beta.1'])
  })

  it('is one version of each prompt that a reference names', async () => {
    await using storage = await filled()
    const at = async (reference: string): Promise<string[]> =>
      await names(storage, { reference: parseReference(reference) })
    expect(await at('@production')).toEqual(['a@1.0.0'])
    expect(await at('latest')).toEqual(['a@1.1.0'])
    expect(await at('^1.0')).toEqual(['a@1.1.0'])
    expect(await at('1.0.0-beta.1')).toEqual(['b@1.0.0-beta.1'])
  })

  it('is nothing of a prompt that does not exist', async () => {
    await using storage = await filled()
    expect(await names(storage, { promptIds: ['no'] })).toEqual([])
    const prompt = await readPrompt(promptStorage(storage), 'no')
    expect(prompt).toMatchObject({ promptId: 'no', names: [] })
    expect(prompt.documents.size).toBe(0)
  })

  it('are prompts, and not documents of another schema', async () => {
    const schema = z.object({ prompt_id: z.string(), version: z.string(), n: z.number() })
    await using storage = new MemoryStorage({ schema })
    expect(() => promptStorage(storage as unknown as RegistryStorage)).toThrow(
      'Option "storage" must keep prompts',
    )
  })
})

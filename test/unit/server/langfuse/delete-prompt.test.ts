import { describe, expect, it } from 'vitest'
import { deletePrompt } from '../../../../src/server/langfuse/delete-prompt.js'
import type { LangfusePrompts, Wanted } from '../../../../src/server/langfuse/prompt-store.js'
import { promptsIn } from './stores.js'

async function filled(): Promise<LangfusePrompts> {
  const prompts = promptsIn()
  for (const label of ['staging', 'production', 'next'])
    await prompts.registry.publish('p', { text: label }, { labels: [label] })
  await prompts.read('p')
  return prompts
}

const RULES = { protectedLabels: [], by: 'ada' }

describe('deleting', () => {
  it.each<[Wanted, readonly string[]]>([
    [{ version: 1 }, ['1.0.1', '1.0.2']],
    [{ label: 'production' }, ['1.0.0', '1.0.2']],
    [{ label: 'latest' }, ['1.0.0', '1.0.1']],
    [{}, []],
    [{ version: 0 }, []],
  ])('removes what %j names, with its labels', async (wanted, left) => {
    const prompts = await filled()
    await deletePrompt(prompts, 'p', wanted, RULES)
    expect(await prompts.storage.listVersionNames('p')).toEqual(left)
    const labels = Object.values(await prompts.registry.labels('p'))
    expect(labels.map(({ version }) => version).every((version) => left.includes(version))).toBe(
      true,
    )
    const moves = await prompts.storage.listLabelMoves('p')
    expect(moves.filter(({ to }) => to === null)).toHaveLength(3 - left.length)
    expect(moves.at(-1)).toMatchObject({ to: null, by: 'ada', reason: 'Its version was deleted' })
  })

  it('keeps a version with a protected label', async () => {
    const prompts = await filled()
    const rules = { protectedLabels: ['production'], by: undefined }
    await expect(deletePrompt(prompts, 'p', {}, rules)).rejects.toMatchObject({
      code: 'OPT-LABEL-001',
    })
    expect(await prompts.storage.listVersionNames('p')).toHaveLength(3)
  })

  it.each([
    ['p', { version: 9 }],
    ['p', { label: 'lost' }],
    ['q', {}],
    ['holdfast:numbers:p', {}],
  ])('finds nothing: %s %j', async (name, wanted) => {
    await expect(deletePrompt(await filled(), name, wanted, RULES)).rejects.toThrow(/not found/)
  })

  it('refuses both a version and a label', async () => {
    const wanted = { version: 1, label: 'production' }
    await expect(deletePrompt(await filled(), 'p', wanted, RULES)).rejects.toThrow(/both/)
  })
})

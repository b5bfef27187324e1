import { describe, expect, it } from 'vitest'
import { isClientName, notFound, numberOf } from '../../../../src/server/langfuse/prompt-store.js'
import { promptsIn } from './stores.js'

describe('prompts by number and label', () => {
  it('are found by their number, a label, and production by default', async () => {
    const prompts = promptsIn()
    const { registry } = prompts
    await registry.publish('p', { text: 'One' }, { labels: ['production'] })
    await registry.publish('p', { text: 'Two' }, { labels: ['staging'] })
    const texts = await Promise.all(
      [{}, { version: 2 }, { version: 0 }, { label: 'staging' }, { label: 'latest' }].map(
        async (wanted) => (await prompts.require('p', wanted)).document.prompt.text,
      ),
    )
    expect(texts).toEqual(['One', 'Two', 'One', 'Two', 'Two'])
  })

  it.each([
    ['p', { version: 9 }, "Prompt not found: 'p' with version 9"],
    ['p', {}, "Prompt not found: 'p' with label 'production'"],
    ['lost', { label: 'x' }, "Prompt not found: 'lost' with label 'x'"],
    ['holdfast:numbers:p', { version: 1 }, 'Prompt not found'],
    ['a\0b', { version: 1 }, 'Prompt not found'],
  ])('are not found: %s %j', async (name, wanted, message) => {
    const prompts = promptsIn()
    await prompts.registry.publish('p', { text: 'One' })
    await prompts.read('p')
    await expect(prompts.require(name, wanted)).rejects.toThrow(message)
  })

  it('have what they include in the way of Holdfast and in that of Langfuse', async () => {
    const prompts = promptsIn()
    const { registry } = prompts
    const label = { labels: ['production'] }
    await registry.publish('rules', { text: 'Be kind' }, label)
    const text = 'A {{> rules@production }} B @@@langfusePrompt:name=rules|label=production@@@'
    await registry.publish('p', { text }, label)
    const answer = await prompts.answer(await prompts.require('p', {}))
    expect(answer).toMatchObject({
      prompt: 'A Be kind B Be kind',
      resolutionGraph: { dependencies: { 'p:1': [{ name: 'rules', version: 1 }] } },
    })
    await registry.publish('q', { text: '{{> lost }}' }, label)
    await expect(prompts.answer(await prompts.require('q', {}))).rejects.toThrow(/lost/)
  })

  it('are not the records of Holdfast', () => {
    expect(['p', 'holdfast:x', 'holdfast:numbers:p'].map(isClientName)).toEqual([true, true, false])
    expect([numberOf({ version: 0 }), numberOf({ version: 3 })]).toEqual([undefined, 3])
    expect(notFound('p', {}).status).toBe(404)
  })
})

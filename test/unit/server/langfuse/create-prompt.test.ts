import { describe, expect, it } from 'vitest'
import { createPrompt } from '../../../../src/server/langfuse/create-prompt.js'
import { createBody, fitting } from '../../../../src/server/langfuse/request-shapes.js'
import type { LangfusePrompts } from '../../../../src/server/langfuse/prompt-store.js'
import { opened, promptsIn, URLS } from './stores.js'

async function create(prompts: LangfusePrompts, body: object): Promise<number> {
  return await createPrompt(prompts, fitting(createBody, { name: 'p', ...body }), 'ada')
}

describe.each(Object.entries(URLS))('creating in a store of %s', (_name, emptyStore) => {
  it('gives each of many at the same time a number of its own, over two servers', async () => {
    const url = await emptyStore()
    const servers = [promptsIn(await opened(url)), promptsIn(await opened(url))] as const
    const numbers = await Promise.all(
      Array.from({ length: 12 }, async (_, at) =>
        create(servers[at % 2 === 0 ? 0 : 1], { prompt: `Text ${at}` }),
      ),
    )
    expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, at) => at + 1))
    for (const [at, version] of numbers.entries())
      expect((await servers[0].require('p', { version })).document.prompt.text).toBe(`Text ${at}`)
  })
})

describe('creating', () => {
  it('stores author, message, labels and tags with the version', async () => {
    const prompts = promptsIn()
    await create(prompts, { prompt: 'One', labels: ['production', 'latest'], tags: ['a'] })
    const body = { prompt: 'Two', labels: ['production'], commitMessage: 'Why', config: { t: 1 } }
    expect(await create(prompts, body)).toBe(2)
    const answer = await prompts.answer(await prompts.require('p', {}))
    expect(answer).toMatchObject({
      version: 2,
      labels: ['latest', 'production'],
      tags: ['a'],
      config: { t: 1 },
      commitMessage: 'Why',
      createdBy: 'ada',
    })
    expect(await prompts.registry.labelHistory('p', 'production')).toMatchObject([
      { to: '1.0.0', by: 'ada' },
      { from: '1.0.0', to: '2.0.0', by: 'ada', reason: 'Why' },
    ])
  })

  it('replaces the tags of all versions by given ones', async () => {
    const prompts = promptsIn()
    await create(prompts, { prompt: 'One', tags: ['a', 'b'] })
    await create(prompts, { prompt: 'Two', tags: ['b', 'c'] })
    expect(await prompts.registry.history('p')).toMatchObject([
      { tags: ['b', 'c'] },
      { tags: ['b', 'c'] },
    ])
    await create(prompts, { prompt: 'Three', tags: [] })
    expect((await prompts.registry.history('p')).flatMap(({ tags }) => tags)).toEqual([])
  })

  it('stores a content once, so that a request may be sent again', async () => {
    const prompts = promptsIn()
    expect(await create(prompts, { prompt: 'One' })).toBe(1)
    expect(await create(prompts, { prompt: 'One', labels: ['production'] })).toBe(1)
    expect(await prompts.registry.history('p')).toMatchObject([{ labels: ['production'] }])
  })

  it('goes on with the numbers of a prompt that the library has published', async () => {
    const prompts = promptsIn()
    for (const text of ['One {{a}}', 'Two {{a}}']) await prompts.registry.publish('p', { text })
    expect(await create(prompts, { prompt: 'Three {{a}}' })).toBe(3)
    expect(await prompts.registry.get('p')).toMatchObject({
      version: '1.0.2',
      parent_version: '1.0.1',
    })
  })

  it('gives no number of a deleted version again', async () => {
    const prompts = promptsIn()
    await create(prompts, { prompt: 'One' })
    await create(prompts, { prompt: 'Two' })
    await prompts.storage.deleteVersion('p', '2.0.0')
    expect(await create(prompts, { prompt: 'Three' })).toBe(3)
  })

  it.each([
    [{ prompt: '  ' }, /it has no text/],
    [{ prompt: 'x', config: [1] }, /"config" is not an object/],
    [{ prompt: 'x', labels: ['v1.0'] }, /label/],
    [{ type: 'chat', prompt: [{ role: 'user', content: 'x' }] }, /have the type text, not chat/],
    [{ prompt: '@@@langfusePrompt:name=lost|version=1@@@' }, /dependency not found: 'lost'/],
    [{ prompt: '@@@langfusePrompt:name=p|version=1@@@' }, /cycle/],
  ])('refuses %j', async (body, message) => {
    const prompts = promptsIn()
    await create(prompts, { prompt: 'One' })
    await expect(create(prompts, body)).rejects.toThrow(message)
    expect(await prompts.storage.listVersionNames('p')).toEqual(['1.0.0'])
  })

  it('refuses a variable and a place for messages of one name', async () => {
    const prompt = [
      { role: 'user', content: '{{history}}' },
      { type: 'placeholder', name: 'history' },
    ]
    await expect(create(promptsIn(), { type: 'chat', prompt })).rejects.toThrow(/'history' is both/)
  })
})

import { describe, expect, it } from 'vitest'
import { listPrompts } from '../../../../src/server/langfuse/list-prompts.js'
import type { LangfusePrompts } from '../../../../src/server/langfuse/prompt-store.js'
import { fitting, listQuery } from '../../../../src/server/langfuse/request-shapes.js'
import { promptsIn } from './stores.js'

async function filled(): Promise<LangfusePrompts> {
  const prompts = promptsIn()
  const { registry } = prompts
  await registry.publish('a', { text: 'One' }, { labels: ['production'], tags: ['x'] })
  await registry.publish('a', { text: 'Two', config: { t: 1 } }, { labels: ['staging'] })
  await registry.publish('b', { messages: [{ role: 'user', content: 'Hi' }] })
  await registry.publish('c', { text: 'C' }, { labels: ['staging'] })
  return prompts
}

async function list(query: object): Promise<Record<string, unknown>> {
  return await listPrompts(await filled(), fitting(listQuery, query))
}

describe('the list of prompts', () => {
  it('has numbers, labels and tags of each, by name, in pages', async () => {
    const { data, meta, pagination } = await list({ limit: 2 })
    expect(data).toMatchObject([
      {
        name: 'a',
        type: 'text',
        versions: [1, 2],
        labels: ['latest', 'production', 'staging'],
        tags: [],
        lastConfig: { t: 1 },
      },
      { name: 'b', type: 'chat', versions: [1], labels: ['latest'], lastConfig: {} },
    ])
    expect(meta).toEqual({ page: 1, limit: 2, totalItems: 3, totalPages: 2 })
    expect(pagination).toEqual(meta)
    expect((await list({ limit: 2, page: 2 }))['data']).toMatchObject([{ name: 'c' }])
  })

  it.each([
    [{ name: 'b' }, ['b']],
    [{ name: 'lost' }, []],
    [{ label: 'staging' }, ['a', 'c']],
    [{ label: 'latest' }, ['a', 'b', 'c']],
    [{ tag: 'x' }, ['a']],
    [{ version: 2 }, ['a']],
    [{ fromUpdatedAt: '2000-01-01T00:00:00Z' }, ['a', 'b', 'c']],
    [{ toUpdatedAt: '2000-01-01T00:00:00Z' }, []],
  ])('with %j has %j', async (query, names) => {
    const { data, meta } = await list(query)
    expect((data as { name: string }[]).map(({ name }) => name)).toEqual(names)
    expect(meta).toMatchObject({ totalItems: names.length })
  })

  it('shows only the versions that fit', async () => {
    const { data } = await list({ label: 'production' })
    expect(data).toMatchObject([{ name: 'a', versions: [1], labels: ['production'], tags: ['x'] }])
  })
})

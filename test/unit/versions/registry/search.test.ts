import { describe, expect, it } from 'vitest'
import { checkSearch, search } from '../../../../src/versions/registry/search.js'
import { memoryRegistry } from './registry-support.js'

describe('a search', () => {
  it('reads no document of a prompt that cannot fit', async () => {
    const { registry, storage } = memoryRegistry()
    await registry.publish('a', { text: 'Hi' }, { labels: ['live'], tags: ['x'] })
    await registry.publish('b', { text: 'Hi' })
    const read: string[] = []
    const watched = Object.assign(Object.create(storage) as typeof storage, {
      listPromptIds: async () => await storage.listPromptIds(),
      readHead: async (id: string) => await storage.readHead(id),
      listVersions: async (id: string) => {
        read.push(id)
        return await storage.listVersions(id)
      },
    })
    expect(await search(watched, { label: 'live', tag: 'x' })).toHaveLength(1)
    expect(await search(watched, { prefix: 'c' })).toEqual([])
    expect(read).toEqual(['a'])
  })

  it.each([
    [{ text: '' }, /"text"/],
    [{ label: 'Live' }, /"label"/],
    [{ tag: ' ' }, /"tag"/],
    [{ prefix: 7 }, /"prefix"/],
    [{ autor: 'ada' }, /did you mean "author"/],
  ])('for %j is refused', (options, message) => {
    const { storage } = memoryRegistry()
    expect(() => checkSearch(storage, options as object)).toThrow(message)
  })

  it('needs a storage that lists its prompts', () => {
    expect(() => checkSearch({})).toThrow(/cannot list its prompts/)
  })
})

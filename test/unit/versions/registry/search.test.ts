import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { checkSearch, search } from '../../../../src/versions/registry/search.js'
import { memoryRegistry } from './registry-support.js'

describe('a search', () => {
  it('reads documents only for a text, and only those that have the rest', async () => {
    const read: string[] = []
    class Watched extends MemoryStorage {
      override async listVersionSummaries(
        ...asked: Parameters<MemoryStorage['listVersionSummaries']>
      ): ReturnType<MemoryStorage['listVersionSummaries']> {
        read.push(`summaries of ${asked[0]}`)
        return await super.listVersionSummaries(...asked)
      }
      override async getVersion(
        ...names: [string, string]
      ): ReturnType<MemoryStorage['getVersion']> {
        read.push(names.join(' '))
        return await super.getVersion(...names)
      }
    }
    const storage = new Watched()
    const { registry } = memoryRegistry({ storage })
    await registry.publish('a', { text: 'Hi' }, { labels: ['live'], tags: ['x'], author: 'ada' })
    await registry.publish('a', { text: 'Hello' })
    await registry.publish('b', { text: 'Hi' })
    read.length = 0
    expect(await search(storage, { label: 'live', tag: 'x' })).toHaveLength(1)
    expect(await search(storage, { prefix: 'c' })).toEqual([])
    expect(read).toEqual(['summaries of a'])
    expect(await search(storage, { author: 'ada', text: 'hI' })).toHaveLength(1)
    expect(read).toEqual(['summaries of a', 'summaries of a', 'a 1.0.0', 'summaries of b'])
  })

  it('finds texts in every version of a long history, the newest first', async () => {
    const { registry, storage } = memoryRegistry()
    for (let at = 0; at < 150; at++)
      await registry.publish(
        'p',
        { text: at % 50 === 0 ? 'needle' : `hay ${at}` },
        { bump: 'patch' },
      )
    const found = await search(storage, { text: 'NEEDLE' })
    expect(found.map(({ version }) => version)).toEqual(['1.0.100', '1.0.50', '1.0.0'])
  })

  it('treats an empty prefix as any', async () => {
    const { registry, storage } = memoryRegistry()
    await registry.publish('p', { text: 'Hi' })
    expect(await registry.search({ prefix: '' })).toHaveLength(1)
    expect(checkSearch(storage, { prefix: '' })).toEqual({ prefix: '' })
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

import { describe, expect, it } from 'vitest'
import type { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { REGISTRIES } from './registry-support.js'

describe.each(REGISTRIES)('a registry over %s:', (_, make) => {
  async function withThree(): Promise<PromptRegistry> {
    const { registry } = await make()
    for (const text of ['a', 'b', 'c']) await registry.publish('p', { text }, { bump: 'patch' })
    return registry
  }

  describe('the graph of a prompt', () => {
    it('says what each version was made from, and which parents are gone', async () => {
      const { registry, storage } = await make()
      for (const text of ['a', 'b', 'c']) await registry.publish('p', { text }, { bump: 'patch' })
      await registry.publish('p', { text: 'd' }, { bump: 'minor', parent: '1.0.0' })
      await storage.deleteVersion('p', '1.0.1')
      const { nodes, edges, missing } = await registry.graph('p')
      expect(nodes.map(({ version }) => version)).toEqual(['1.0.0', '1.0.2', '1.1.0'])
      expect(edges).toEqual([{ from: '1.0.0', to: '1.1.0' }])
      expect(missing).toEqual(['1.0.1'])
    })
  })

  describe('a comparison', () => {
    it('has the words that changed, the other fields, and what it means', async () => {
      const { registry } = await make()
      await registry.publish('p', { text: 'Hello {{name}}' }, { labels: ['live'] })
      await registry.publish('p', { text: 'Hello there', config: { model: 'm' } })
      const diff = await registry.diff('p', '@live', 'latest')
      expect(diff).toMatchObject({ from: '1.0.0', to: '2.0.0', same: false })
      expect(diff.texts.map(({ path }) => path)).toEqual(['/text'])
      expect(diff.fields).toEqual([{ path: '/config', kind: 'added', after: { model: 'm' } }])
      expect(diff.suggested?.bump).toBe('major')
      expect(JSON.parse(JSON.stringify(diff))).toEqual(diff)
      const same = await registry.diff('p', '1.0.0', '1.0.0')
      expect([same.same, same.suggested]).toEqual([true, undefined])
      await expect(registry.diff('p', '1.0.0', '^9')).rejects.toMatchObject({ code: 'OPT-VER-002' })
    })
  })

  describe('a merge', () => {
    it('joins what two versions changed, or says where they are in conflict', async () => {
      const { registry } = await make()
      await registry.publish('p', { text: 'one\ntwo\nthree\n' })
      await registry.publish('p', { text: 'ONE\ntwo\nthree\n' }, { parent: '1.0.0' })
      await registry.publish('p', { text: 'one\ntwo\nTHREE\n' }, { parent: '1.0.0' })
      const { merged, conflicts } = await registry.merge('p', '1.0.0', '1.0.1', '1.0.2')
      expect(conflicts).toEqual([])
      if (merged === undefined) throw new Error('There is nothing to publish')
      const published = await registry.publish('p', merged)
      expect(published.prompt.text).toBe('ONE\ntwo\nTHREE\n')
      await registry.publish('p', { text: 'uno\ntwo\nthree\n' }, { parent: '1.0.0' })
      const contrary = await registry.merge('p', '1.0.0', '1.0.1', 'latest')
      expect(contrary.merged).toBeUndefined()
      expect(contrary.conflicts.map(({ path }) => path)).toEqual(['/text'])
      const missing = registry.merge('p', '1.0.0', '@mine', 'latest')
      await expect(missing).rejects.toMatchObject({ code: 'OPT-VER-002' })
    })
  })

  describe('a deprecation', () => {
    it('is recorded with who and why, shown in the history, and withdrawn', async () => {
      const registry = await withThree()
      const made = await registry.deprecate('p', '~1.0', { by: 'ada', reason: 'leaks' })
      expect(made).toMatchObject({ by: 'ada', reason: 'leaks' })
      expect((await registry.history('p'))[0]?.deprecated).toEqual(made)
      expect((await registry.get('p', '1.0.2'))?.version).toBe('1.0.2')
      expect(await registry.undeprecate('p', '1.0.2')).toBe(true)
      expect(await registry.undeprecate('p', '1.0.2')).toBe(false)
      expect((await registry.history('p'))[0]?.deprecated).toBeNull()
      await expect(registry.deprecate('p', '9.0.0')).rejects.toMatchObject({ code: 'OPT-VER-002' })
    })
  })

  describe('tags', () => {
    it('are added and removed, and any number of versions has the same', async () => {
      const registry = await withThree()
      expect(await registry.tag('p', '1.0.0', { add: ['b', 'a', 'a'] })).toEqual(['a', 'b'])
      expect(await registry.tag('p', '1.0.1', { add: ['a'] })).toEqual(['a'])
      expect(await registry.tag('p', '1.0.0', { add: ['c'], remove: ['b', 'x'] })).toEqual([
        'a',
        'c',
      ])
      expect((await registry.history('p')).map(({ tags }) => tags)).toEqual([[], ['a'], ['a', 'c']])
      await expect(registry.tag('p', '1.0.0', {})).rejects.toThrow(/to add or to remove/)
      const missing = registry.tag('p', '9.0.0', { add: ['a'] })
      await expect(missing).rejects.toMatchObject({ code: 'OPT-VER-002' })
    })
  })

  describe('a search', () => {
    it('finds versions by what they have, in the order of the ids, the newest first', async () => {
      const { registry } = await make()
      await registry.publish('app/b', { text: 'Be BRIEF' }, { author: 'ada', labels: ['live'] })
      await registry.publish('app/b', { text: 'Be long' }, { author: 'bob', tags: ['x'] })
      await registry.publish('app/a', { text: 'Other' }, { message: 'more brief' })
      const messages = [{ role: 'user', content: 'brief' }]
      await registry.publish('lab', { messages }, { labels: ['live'] })
      const found = async (options: object): Promise<string[]> =>
        (await registry.search(options)).map(({ prompt_id, version }) => `${prompt_id} ${version}`)
      expect(await found({})).toHaveLength(4)
      expect(await found({ text: 'brief' })).toEqual(['app/a 1.0.0', 'app/b 1.0.0', 'lab 1.0.0'])
      expect(await found({ prefix: 'app/b' })).toEqual(['app/b 1.0.1', 'app/b 1.0.0'])
      expect(await found({ label: 'live', text: 'brief', prefix: 'app' })).toEqual(['app/b 1.0.0'])
      expect(await found({ tag: 'x' })).toEqual(['app/b 1.0.1'])
      expect(await found({ author: 'ada', tag: 'x' })).toEqual([])
      await expect(registry.search({ labels: 'live' } as object)).rejects.toThrow(/"label"/)
    })
  })
})

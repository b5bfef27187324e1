import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../../src/base/errors.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { REGISTRIES } from './registry-support.js'

const code = (code: string, reason?: string): object => ({
  code,
  ...(reason === undefined ? {} : { context: expect.objectContaining({ reason }) as unknown }),
})

describe.each(REGISTRIES)('a registry over %s:', (_, make) => {
  describe('publishing', () => {
    it('numbers versions by what the change means, from 1.0.0 on', async () => {
      const { registry } = await make()
      const texts = ['Hi', 'Hello', 'Hello {{name}}', 'Hello {{name}}!', 'Hello']
      const published: string[] = []
      for (const text of texts) published.push((await registry.publish('p', { text })).version)
      expect(published).toEqual(['1.0.0', '1.0.1', '1.1.0', '1.1.1', '2.0.0'])
      const chosen = await registry.publish('p', { text: 'x' }, { bump: 'minor' })
      expect(chosen.version).toBe('2.1.0')
    })

    it('returns the stored document, frozen, and says that it was created', async () => {
      const { registry, storage } = await make()
      const published = await registry.publish(
        'p',
        { messages: [{ role: 'user', content: 'Hi' }], config: { model: 'm' } },
        { message: 'First', author: 'ada', metadata: { ticket: 7 } },
      )
      expect(published.created).toBe(true)
      expect(published).toEqual(await storage.getVersion('p', '1.0.0'))
      expect(Object.isFrozen(published) && Object.isFrozen(published.prompt)).toBe(true)
      expect(published).toMatchObject({
        parent_version: null,
        metadata: { author: 'ada', message: 'First', ticket: 7 },
        prompt: { id: 'p', config: { model: 'm' } },
      })
    })

    it('accepts the same content again, and moves the labels to it', async () => {
      const { registry } = await make()
      const first = await registry.publish('p', { text: 'Hi' }, { message: 'First' })
      const again = await registry.publish(
        'p',
        { text: 'Hi', role: 'system' },
        { labels: ['live'] },
      )
      expect([again.created, again.version]).toEqual([false, first.version])
      expect(again.metadata).toEqual({ message: 'First' })
      expect((await registry.labels('p'))['live']?.version).toBe('1.0.0')
    })

    it('gives no number twice, also after the highest version was deleted', async () => {
      const { registry, storage } = await make()
      await registry.publish('p', { text: 'a' })
      await registry.publish('p', { text: 'b' })
      await storage.deleteVersion('p', '1.0.1')
      expect((await registry.publish('p', { text: 'c' })).version).toBe('1.0.2')
      for (const version of ['1.0.0', '1.0.2']) await storage.deleteVersion('p', version)
      expect((await registry.publish('p', { text: 'd' }, { bump: 'major' })).version).toBe('2.0.0')
    })

    it('gives each of many calls at once its own number, from several registries of a storage', async () => {
      const { registry, storage } = await make()
      const other = new PromptRegistry({ storage })
      const published = await Promise.all(
        Array.from({ length: 40 }, async (_, at) =>
          (at % 2 === 0 ? registry : other).publish('p', { text: `text ${at}` }, { bump: 'patch' }),
        ),
      )
      const versions = published.map(({ version }) => version)
      expect(versions).toEqual(Array.from({ length: 40 }, (_, at) => `1.0.${at}`))
    })

    it('takes a parent by reference, and refuses one that does not exist', async () => {
      const { registry } = await make()
      await registry.publish('p', { text: 'a' }, { labels: ['live'] })
      await registry.publish('p', { text: 'b' }, { bump: 'major' })
      const parents = [undefined, '@live', '^1', null]
      const found: (string | null)[] = []
      for (const [at, parent] of parents.entries()) {
        const options = parent === undefined ? {} : { parent }
        found.push((await registry.publish('p', { text: `c${at}` }, options)).parent_version)
      }
      expect(found).toEqual(['2.0.0', '1.0.0', '1.0.0', null])
      const unknown = registry.publish('p', { text: 'd' }, { parent: '7.0.0' })
      await expect(unknown).rejects.toMatchObject(code('OPT-VER-002'))
      expect(await registry.history('p')).toHaveLength(6)
    })

    it('goes on after a version that another program has saved without a registry', async () => {
      const { registry, storage } = await make()
      const first = await registry.publish('p', { text: 'a' })
      await storage.saveVersion({ ...first, version: '4.0.0' })
      expect((await registry.publish('p', { text: 'b' })).version).toBe('4.0.1')
    })

    it.each([
      ['a text', 'Hi', /content/],
      ['neither text nor messages', {}, /prompt\.text/],
      ['an unknown field', { text: 'Hi', model: 'm' }, /model/],
      ['the id of another prompt', { id: 'q', text: 'Hi' }, /"q"|'q'/],
    ])('refuses %s as content, in the line of the caller', async (_, content, message) => {
      const { registry } = await make()
      const error: unknown = await registry
        .publish('p', content as { text: string })
        .catch((e: unknown) => e)
      expect(error).toBeInstanceOf(TypeError)
      expect((error as Error).message).toMatch(message)
      expect((error as Error).stack).toContain('prompt-registry.test.ts')
    })
  })

  describe('getting', () => {
    it('understands numbers, ranges, labels and latest', async () => {
      const { registry } = await make()
      for (const bump of ['patch', 'minor', 'major'] as const)
        await registry.publish('p', { text: bump }, { bump })
      await registry.label('p', 'production', '^1')
      const found: (string | undefined)[] = []
      for (const reference of ['1.0.0', '~1.0', '@production', 'latest', '3.0.0', '@missing', '>9'])
        found.push((await registry.get('p', reference))?.version)
      expect(found).toEqual(['1.0.0', '1.0.0', '1.1.0', '2.0.0', undefined, undefined, undefined])
      expect((await registry.get('p'))?.version).toBe('2.0.0')
      expect(await registry.get('other')).toBeUndefined()
      await expect(registry.get('p', 'v1')).rejects.toThrow(TypeError)
    })
  })

  async function withThree(options = {}): Promise<PromptRegistry> {
    const { registry } = await make(options)
    for (const text of ['a', 'b', 'c']) await registry.publish('p', { text }, { bump: 'patch' })
    return registry
  }

  describe('a label', () => {
    it('is set, moved and removed, and its history says who, why and when', async () => {
      const registry = await withThree()
      await registry.label('p', 'live', '1.0.0', { by: 'ada', reason: 'launch' })
      const move = await registry.label('p', 'live', 'latest', { by: 'bob' })
      expect(move).toMatchObject({ from: '1.0.0', to: '1.0.2', by: 'bob', reason: null })
      expect(await registry.labels('p')).toEqual({
        live: { version: '1.0.2', at: move.at, by: 'bob', reason: null },
      })
      expect(await registry.unlabel('p', 'live')).toMatchObject({ from: '1.0.2', to: null })
      expect(await registry.unlabel('p', 'live')).toBeUndefined()
      expect(await registry.labels('p')).toEqual({})
      const history = await registry.labelHistory('p', 'live')
      expect(history.map(({ from, to, by, reason }) => [from, to, by, reason])).toEqual([
        [null, '1.0.0', 'ada', 'launch'],
        ['1.0.0', '1.0.2', 'bob', null],
        ['1.0.2', null, null, null],
      ])
      expect(history.every(({ at }, index) => at > (history[index - 1]?.at ?? ''))).toBe(true)
    })

    it('that is there already stays as it is, without a move', async () => {
      const registry = await withThree()
      const first = await registry.label('p', 'live', '1.0.0', { by: 'ada' })
      const again = await registry.label('p', 'live', '1.0.0', { by: 'bob' })
      expect(again).toEqual({ ...first, from: '1.0.0' })
      expect(await registry.labelHistory('p', 'live')).toEqual([first])
    })

    it('moves only from where it is expected', async () => {
      const registry = await withThree()
      await registry.label('p', 'live', '1.0.0', { expected: null })
      const late = registry.label('p', 'live', '1.0.1', { expected: null })
      await expect(late).rejects.toMatchObject(code('OPT-LABEL-001', 'expected'))
      await registry.label('p', 'live', '1.0.1', { expected: '1.0.0' })
      const stale = registry.unlabel('p', 'live', { expected: '1.0.0' })
      await expect(stale).rejects.toMatchObject({
        context: { prompt_id: 'p', labels: ['live'], version: '1.0.1', expected: '1.0.0' },
      })
    })

    it('is moved by exactly one of many who expect the same', async () => {
      const registry = await withThree()
      await registry.label('p', 'live', '1.0.0')
      const moves = await Promise.allSettled(
        Array.from({ length: 20 }, async (_, at) =>
          registry.label('p', 'live', `1.0.${1 + (at % 2)}`, { expected: '1.0.0' }),
        ),
      )
      expect(moves.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(await registry.labelHistory('p', 'live')).toHaveLength(2)
    })

    it('that is protected needs allowProtected and a reason, in every call that moves it', async () => {
      const registry = await withThree({ protectedLabels: ['live'] })
      const refusal = code('OPT-LABEL-001', 'protected')
      await expect(registry.label('p', 'live', '1.0.0')).rejects.toMatchObject(refusal)
      const silent = registry.label('p', 'live', '1.0.0', { allowProtected: true })
      await expect(silent).rejects.toThrow(/allowProtected: true and a reason/)
      const blank = { allowProtected: true, reason: ' \n' }
      await expect(registry.label('p', 'live', '1.0.0', blank)).rejects.toMatchObject(refusal)
      const publishing = registry.publish('p', { text: 'd' }, { labels: ['live'] })
      await expect(publishing).rejects.toMatchObject(refusal)
      expect(await registry.history('p')).toHaveLength(3)
      const allowed = { allowProtected: true, reason: 'launch' }
      await registry.label('p', 'live', '1.0.0', allowed)
      await expect(registry.unlabel('p', 'live')).rejects.toMatchObject(refusal)
      await expect(registry.rollbackLabel('p', 'live')).rejects.toMatchObject(refusal)
      await registry.publish(
        'p',
        { text: 'd' },
        { labels: ['live'], message: 'm', allowProtected: true },
      )
      expect(await registry.labelHistory('p', 'live')).toHaveLength(2)
      await registry.label('p', 'staging', '1.0.0')
    })

    it('keeps its version from being deleted', async () => {
      const { registry, storage } = await make()
      await registry.publish('p', { text: 'a' }, { labels: ['live'] })
      const deleting = storage.deleteVersion('p', '1.0.0')
      await expect(deleting).rejects.toMatchObject(code('OPT-LABEL-001', 'labelled'))
      await registry.unlabel('p', 'live')
      expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
    })

    it('moves only to a version that exists; the error says which there are', async () => {
      const registry = await withThree()
      await registry.label('p', 'live', '1.0.0')
      const error: unknown = await registry.label('p', 'beta', '@life').catch((e: unknown) => e)
      expect(error).toBeInstanceOf(StorageError)
      expect((error as Error).message).toMatch(
        /@live.*1\.0\.0, 1\.0\.1, 1\.0\.2.*@live \(1\.0\.0\)/,
      )
      expect(error).toMatchObject({ context: { prompt_id: 'p', reference: '@life' } })
      await expect(registry.label('p', 'beta', '9.0.0')).rejects.toMatchObject(code('OPT-VER-002'))
    })

    it('has a name of the grammar, and options that exist', async () => {
      const registry = await withThree()
      await expect(registry.label('p', 'Live', '1.0.0')).rejects.toThrow(/"L"|'L'/)
      await expect(registry.label('p', 'latest', '1.0.0')).rejects.toThrow(/reserved/)
      const misspelt = registry.label('p', 'live', '1.0.0', { expectd: null } as object)
      await expect(misspelt).rejects.toThrow(/did you mean "expected"/)
      await expect(registry.label('p', 'live', '1.0.0', { by: '' })).rejects.toThrow(/"by"/)
    })
  })

  describe('a rollback of a label', () => {
    it('undoes the last move, and a second one undoes the first', async () => {
      const registry = await withThree()
      for (const version of ['1.0.0', '1.0.1', '1.0.2']) await registry.label('p', 'live', version)
      const versions: (string | null)[] = []
      for (let at = 0; at < 3; at++) versions.push((await registry.rollbackLabel('p', 'live')).to)
      expect(versions).toEqual(['1.0.1', '1.0.2', '1.0.1'])
      const back = await registry.rollbackLabel('p', 'live', { by: 'ada', reason: 'oops' })
      expect((await registry.labelHistory('p', 'live')).at(-1)).toEqual(back)
    })

    it('removes a label that was new, and sets one that was removed', async () => {
      const registry = await withThree()
      await registry.label('p', 'live', '1.0.0')
      expect((await registry.rollbackLabel('p', 'live')).to).toBeNull()
      expect(await registry.labels('p')).toEqual({})
      expect((await registry.rollbackLabel('p', 'live')).to).toBe('1.0.0')
    })

    it('is refused for a label that was never set, and where the old version was deleted', async () => {
      const { registry, storage } = await make()
      for (const text of ['a', 'b']) await registry.publish('p', { text }, { labels: ['live'] })
      await expect(registry.rollbackLabel('p', 'beta')).rejects.toThrow(/never set/)
      await storage.deleteVersion('p', '1.0.0')
      await expect(registry.rollbackLabel('p', 'live')).rejects.toMatchObject(code('OPT-VER-002'))
    })
  })

  describe('the history of a prompt', () => {
    it('has what is known of each version, the newest first', async () => {
      const registry = await withThree()
      await registry.publish(
        'p',
        { text: 'd' },
        { author: 'ada', message: 'More', labels: ['live'], tags: ['x'] },
      )
      const [newest, ...older] = await registry.history('p', { limit: 2 })
      expect(newest).toEqual({
        prompt_id: 'p',
        version: '1.0.3',
        created_at: newest?.created_at,
        parent_version: '1.0.2',
        author: 'ada',
        message: 'More',
        labels: ['live'],
        tags: ['x'],
        deprecated: null,
      })
      expect(older.map(({ version }) => version)).toEqual(['1.0.2'])
      const oldest = await registry.history('p', { order: 'ascending', limit: 1 })
      expect(oldest.map(({ version }) => version)).toEqual(['1.0.0'])
    })
  })
})

describe('a registry', () => {
  it('names the pre-releases where there is nothing else', async () => {
    const storage = new MemoryStorage({ allowPrerelease: true })
    const registry = new PromptRegistry({ storage })
    await storage.saveVersion({
      prompt_id: 'p',
      version: '1.0.0-beta.1',
      created_at: '2025-01-17T10:00:00Z',
      prompt: { text: 'Hi' },
    })
    await expect(registry.get('p')).rejects.toMatchObject(code('OPT-VER-002', 'only_prereleases'))
    expect((await registry.get('p', '1.0.0-beta.1'))?.version).toBe('1.0.0-beta.1')
  })

  it('refuses storages without transactions, and wrong options', () => {
    const storage = new MemoryStorage()
    const make = (options: object) => (): unknown =>
      new PromptRegistry(options as { storage: MemoryStorage })
    expect(make({ storage: { saveVersion: () => 1 } })).toThrow(/with transactions/)
    expect(make({ storage, protectedLabel: [] })).toThrow(/did you mean "protectedLabels"/)
    expect(make({ storage, protectedLabels: ['A'] })).toThrow(/protectedLabels\[0\]/)
    expect(make({ storage, now: 1 })).toThrow(/"now"/)
  })
})

import { describe, expect, it } from 'vitest'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { REGISTRIES, ticking } from './registry-support.js'

const DAY_MS = 86_400_000

describe.each(REGISTRIES)('a registry over %s:', (_, make) => {
  describe('a transaction', () => {
    it('commits the changes of several prompts together, and sees its own', async () => {
      const { registry } = await make()
      await registry.publish('a', { text: 'one' }, { labels: ['live'] })
      const seen = await registry.transaction(async (tx) => {
        const { version } = await tx.publish('a', { text: 'two' }, { tags: ['x'] })
        await tx.label('a', 'live', 'latest', { by: 'ada' })
        await tx.publish('b', { text: 'uses a' }, { labels: ['live'], bump: 'major' })
        await tx.publish('b', { text: 'uses a, again' }, { bump: 'minor' })
        await tx.deprecate('a', '1.0.0', { reason: 'old' })
        await tx.tag('a', '1.0.0', { add: ['y'] })
        expect(await registry.get('b')).toBeUndefined()
        return [version, (await tx.get('a', '@live'))?.prompt.text, (await tx.get('b'))?.version]
      })
      expect(seen).toEqual(['1.0.1', 'two', '1.1.0'])
      const history = [...(await registry.history('a')), ...(await registry.history('b'))]
      expect(history.map((record) => [record.version, record.labels, record.tags])).toEqual([
        ['1.0.1', ['live'], ['x']],
        ['1.0.0', [], ['y']],
        ['1.1.0', [], []],
        ['1.0.0', ['live'], []],
      ])
      expect(history[1]?.deprecated?.reason).toBe('old')
      expect((await registry.labelHistory('a', 'live')).map(({ to }) => to)).toEqual([
        '1.0.0',
        '1.0.1',
      ])
    })

    it('stores nothing when it throws, or when one of its changes is refused', async () => {
      const { registry } = await make({ protectedLabels: ['live'] })
      const failing = registry.transaction(async (tx) => {
        await tx.publish('a', { text: 'one' })
        throw new Error('changed my mind')
      })
      await expect(failing).rejects.toThrow('changed my mind')
      const refused = registry.transaction(async (tx) => {
        await tx.publish('a', { text: 'one' })
        await tx.publish('b', { text: 'two' }, { labels: ['live'] })
      })
      await expect(refused).rejects.toMatchObject({ code: 'OPT-LABEL-001' })
      expect(await registry.get('a')).toBeUndefined()
    })

    it('runs again when what it has read has changed', async () => {
      const { registry, storage } = await make()
      const other = new PromptRegistry({ storage, now: ticking() })
      for (const id of ['a', 'b']) await registry.publish(id, { text: id }, { labels: ['live'] })
      let runs = 0
      await registry.transaction(async (tx) => {
        runs++
        const live = await tx.get('a', '@live')
        if (runs === 1) await other.publish('a', { text: 'newer' }, { labels: ['live'] })
        await tx.publish('b', { text: `b beside ${live?.version}` })
      })
      expect(runs).toBe(2)
      expect((await registry.get('b'))?.prompt.text).toBe('b beside 1.0.1')
    })

    it('of many at once loses none', async () => {
      const { registry } = await make()
      await registry.publish('count', { text: '0' })
      await Promise.all(
        Array.from({ length: 8 }, async () =>
          registry.transaction(async (tx) => {
            const before = Number((await tx.get('count'))?.prompt.text)
            await tx.publish('count', { text: String(before + 1) })
          }),
        ),
      )
      expect((await registry.get('count'))?.prompt.text).toBe('8')
      expect(await registry.history('count')).toHaveLength(9)
    })

    it('that only reads needs no change, and one without calls no prompt', async () => {
      const { registry } = await make()
      await registry.publish('a', { text: 'one' }, { labels: ['live'] })
      const read = await registry.transaction(async (tx) => Object.keys(await tx.labels('a')))
      expect(read).toEqual(['live'])
      expect(await registry.transaction(async () => await Promise.resolve(7))).toBe(7)
      await expect(registry.transaction(1 as never)).rejects.toThrow(/must be a function/)
    })
  })

  describe('retention', () => {
    async function made(): Promise<PromptRegistry> {
      const { registry } = await make()
      for (let at = 0; at < 6; at++)
        await registry.publish('p', { text: `text ${at}` }, { bump: 'patch' })
      await registry.label('p', 'live', '1.0.1')
      await registry.tag('p', '1.0.0', { add: ['x'] })
      await registry.publish('q', { text: 'alone' })
      return registry
    }

    it('is planned without a change, and removes all but what it keeps', async () => {
      const registry = await made()
      const plan = await registry.planRetention('p', { keepLast: 2 })
      expect(plan.remove).toEqual(['1.0.0', '1.0.2', '1.0.3'].map((version) => ({ version })))
      expect(plan.keep[0]).toEqual({ version: '1.0.1', reasons: ['label live'] })
      expect(await registry.history('p')).toHaveLength(6)
      expect(await registry.applyRetention('p', { keepLast: 2 })).toEqual(plan)
      const left = await registry.history('p')
      expect(left.map(({ version }) => version)).toEqual(['1.0.5', '1.0.4', '1.0.1'])
      expect((await registry.applyRetention('p', { keepLast: 2 })).remove).toEqual([])
      expect((await registry.publish('p', { text: 'next' }, { bump: 'patch' })).version).toBe(
        '1.0.6',
      )
    })

    it('of every prompt is one plan for each', async () => {
      const registry = await made()
      const all = await registry.planRetention(null, { keepLast: 1 })
      expect(all.map(({ prompt_id, remove }) => [prompt_id, remove.length])).toEqual([
        ['p', 4],
        ['q', 0],
      ])
      expect(await registry.applyRetention(null, { keepLast: 1 })).toEqual(all)
      expect(await registry.history('p')).toHaveLength(2)
    })

    it('goes by the time of the registry', async () => {
      const { registry, storage } = await make()
      const now = Date.parse('2025-06-01T00:00:00.000Z')
      const later = (days: number): PromptRegistry =>
        new PromptRegistry({ storage, now: () => new Date(now + days * DAY_MS) })
      for (const days of [0, 10, 20]) await later(days).publish('p', { text: `day ${days}` })
      const policy = { keepYoungerThanDays: 15 }
      expect((await later(20).planRetention('p', policy)).remove).toEqual([{ version: '1.0.0' }])
      await expect(registry.planRetention('p', {})).rejects.toThrow(/at least one/)
      await expect(registry.applyRetention('p', { keep: 1 } as object)).rejects.toThrow(TypeError)
    })
  })
})

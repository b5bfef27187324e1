import { describe, expect, it } from 'vitest'
import { importPrompt } from '../../../src/interchange/commit-import.js'
import type { VersionItem } from '../../../src/interchange/item.js'
import { promptStorage } from '../../../src/interchange/stored-versions.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import type { AnyStorage } from '../../../src/versions/registry/registry-options.js'

const RULES = {
  moveLabels: false,
  protectedLabels: new Set<string>(),
  dryRun: false,
  now: () => new Date('2026-05-05T05:05:05.000Z'),
  signal: undefined,
}

function item(text: string, version: string, given: Partial<VersionItem> = {}): VersionItem {
  const common = { kind: 'version', promptId: 'p', place: 'p', labels: [], tags: [] } as const
  return { ...common, version, draft: { prompt: { text } }, ...given }
}

function numbered(count: number, size = 10): VersionItem[] {
  return Array.from({ length: count }, (_, at) => item('x'.repeat(size), `1.0.${at}`))
}

/** A storage whose transactions that change something are counted. */
function counted(storage: MemoryStorage): {
  open: AnyStorage
  saves: number[]
  before: () => void
} {
  const open = promptStorage(storage)
  const counts = { open, saves: [] as number[], before: (): void => undefined }
  counts.open = new Proxy(open, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== 'transact') return value.bind(target) as unknown
      return async (ids: readonly string[], decide: Parameters<AnyStorage['transact']>[1]) => {
        counts.before()
        return await target.transact(ids, (views) => {
          const decision = decide(views)
          for (const { save = [] } of decision.changes) counts.saves.push(save.length)
          return decision
        })
      }
    },
  })
  return counts
}

describe('the import of one prompt', () => {
  it('commits many versions in parts, with the labels and tags in the last one', async () => {
    await using storage = new MemoryStorage()
    const { open, saves } = counted(storage)
    const items = [...numbered(250), item('last', '2.0.0', { labels: ['new'], tags: ['t'] })]
    const results = await importPrompt(open, 'p', items, RULES)
    expect(results.every(({ outcome }) => outcome === 'created')).toBe(true)
    expect(saves).toEqual([100, 100, 51])
    const registry = new PromptRegistry({ storage })
    expect(await registry.get('p', '@new')).toMatchObject({ version: '2.0.0' })
    const [latest] = await storage.listVersionSummaries('p', { limit: 1, order: 'descending' })
    expect(latest).toMatchObject({ labels: ['new'], tags: ['t'] })
  })

  it('commits long versions in parts that a small segment takes', async () => {
    await using storage = new MemoryStorage()
    const { open, saves } = counted(storage)
    await importPrompt(open, 'p', numbered(8, 90_000), RULES)
    expect(saves).toEqual([2, 2, 2, 2])
  })

  it('changes nothing the second time', async () => {
    await using storage = new MemoryStorage()
    const { open, saves } = counted(storage)
    const items = [item('a', '1.0.0', { labels: ['live'], tags: ['y'] })]
    await importPrompt(open, 'p', items, RULES)
    expect(await importPrompt(open, 'p', items, RULES)).toMatchObject([{ outcome: 'unchanged' }])
    expect(saves).toEqual([1])
  })

  it('sets labels and tags of versions that are stored already', async () => {
    await using storage = new MemoryStorage()
    const open = promptStorage(storage)
    await importPrompt(open, 'p', [item('a', '1.0.0')], RULES)
    const labelled = item('a', '1.0.0', { labels: ['live'], tags: ['y'] })
    expect(await importPrompt(open, 'p', [labelled], RULES)).toMatchObject([
      { outcome: 'unchanged' },
    ])
    const [move] = await storage.listLabelMoves('p')
    expect(move).toMatchObject({ label: 'live', to: '1.0.0', reason: 'import' })
  })

  it('stores nothing in a dry run', async () => {
    await using storage = new MemoryStorage()
    const dry = { ...RULES, dryRun: true }
    const results = await importPrompt(promptStorage(storage), 'p', [item('a', '1.0.0')], dry)
    expect(results).toMatchObject([{ outcome: 'created', version: '1.0.0' }])
    expect(await storage.listPromptIds()).toEqual([])
  })

  it('plans again if another process has changed the prompt meanwhile', async () => {
    await using storage = new MemoryStorage()
    const counts = counted(storage)
    let calls = 0
    let other: Promise<unknown> = Promise.resolve()
    counts.before = () => {
      // Between the plan and its commit.
      if (++calls === 2) other = storage.transact(['p'], () => ({ changes: [OTHER], result: 0 }))
    }
    const unnumbered = { ...item('mine', ''), version: undefined } as unknown as VersionItem
    const results = await importPrompt(counts.open, 'p', [unnumbered], RULES)
    await other
    expect(results).toMatchObject([{ outcome: 'created', version: '1.0.1' }])
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
  })

  it('reports what the rules of the storage refuse', async () => {
    await using storage = new MemoryStorage()
    const items = [item('a', '1.0.0-beta.1')]
    expect(await importPrompt(promptStorage(storage), 'p', items, RULES)).toMatchObject([
      { outcome: 'refused', version: '1.0.0-beta.1', reason: expect.stringContaining('version') },
    ])
  })

  it('ends between two parts when it is aborted', async () => {
    await using storage = new MemoryStorage()
    const counts = counted(storage)
    const controller = new AbortController()
    counts.before = () => {
      if (counts.saves.length === 1) controller.abort(new Error('enough'))
    }
    const rules = { ...RULES, signal: controller.signal }
    await expect(importPrompt(counts.open, 'p', numbered(300), rules)).rejects.toThrow('enough')
    const stored = await storage.listVersionNames('p')
    expect(stored.length % 100).toBe(0)
    expect(stored.length).toBeLessThan(300)
    await importPrompt(counts.open, 'p', numbered(300), RULES)
    expect(await storage.listVersionNames('p')).toHaveLength(300)
  })
})

const OTHER = {
  promptId: 'p',
  save: [
    {
      prompt_id: 'p',
      version: '1.0.0',
      created_at: '2026-01-01T00:00:00.000Z',
      prompt: { text: 'theirs' },
    },
  ],
} as const

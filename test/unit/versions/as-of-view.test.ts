import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { Lifecycle } from '../../../src/base/lifecycle.js'
import { viewAsOf, type PastSource } from '../../../src/versions/as-of-view.js'
import { CommitClock } from '../../../src/versions/commit-clock.js'
import type { Presence, PromptPast } from '../../../src/versions/presences.js'
import type { KnownHistory } from '../../../src/versions/prompt-history.js'
import type { PromptVersion } from '../../../src/versions/prompts/prompt-version.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import type { VersionExport } from '../../../src/versions/memory-export.js'

/** The past of a storage, as a view of it reads it: it counts how often. */
class CountingSource implements PastSource<PromptVersion> {
  reads = 0
  readonly life = new Lifecycle(() => new Error('closed'))
  readonly #storage: MemoryStorage

  constructor(storage: MemoryStorage) {
    this.#storage = storage
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    const { saved_at: times } = this.#storage.exportData()
    return Object.keys(times ?? {}).length === 0
      ? await Promise.resolve({ since: new Date(9000).toISOString(), reason: 'cleared' })
      : undefined
  }

  async promptIds(): Promise<readonly string[]> {
    return await this.#storage.listPromptIds()
  }

  async past(promptId: string): Promise<PromptPast> {
    this.reads++
    const { saved_at: times = {}, prompts = {} } = this.#storage.exportData()
    const names = await this.#storage.listVersionNames(promptId)
    return {
      versions: new Map(names.map((name) => [name, times[promptId]?.[name] ?? null])),
      history: prompts[promptId]?.history ?? [],
    }
  }

  async content(promptId: string, { version }: Presence): Promise<PromptVersion | undefined> {
    return await this.#storage.getVersion(promptId, version)
  }
}

/** A storage whose clock the test sets. */
function timed(): { storage: MemoryStorage; go: (second: number) => Date } {
  let ms = 0
  const storage = new MemoryStorage({ now: () => new Date(ms) })
  return { storage, go: (second) => new Date((ms = second * 1000)) }
}

/** With a version whose commit time is unknown above one and below another. */
async function withUndated(): Promise<{ storage: MemoryStorage; go: (second: number) => Date }> {
  const { storage, go } = timed()
  const versions = ['1.0.0', '2.0.0', '3.0.0'].map((version) => sampleVersion('p', version))
  const data: VersionExport = {
    format: 'holdfast-versions',
    format_version: 1,
    versions,
    saved_at: { p: { '1.0.0': go(1).toISOString(), '3.0.0': go(6).toISOString() } },
  }
  go(3)
  await storage.importData(data)
  go(9)
  return { storage, go }
}

describe('a view of the past', () => {
  it('refuses an answer that an undated version may change, and no other', async () => {
    const { storage } = await withUndated()
    const refusal = { code: 'OPT-PAST-001', context: { reason: 'undated', version: '2.0.0' } }
    const view = storage.asOf(5000)
    await expect(view.listVersionNames('p')).rejects.toMatchObject(refusal)
    await expect(view.listVersions('p')).rejects.toMatchObject(refusal)
    await expect(view.getLatestVersionName('p')).rejects.toMatchObject(refusal)
    await expect(view.getVersion('p', '2.0.0')).rejects.toMatchObject(refusal)
    expect(await view.getVersion('p', '1.0.0')).toBeDefined()
    expect(await view.getVersion('p', '3.0.0')).toBeUndefined()
    expect(await view.listPromptIds()).toEqual(['p'])
    expect(await storage.asOf(7000).getLatestVersionName('p')).toBe('3.0.0')
  })

  it('includes or omits undated versions where it is told to', async () => {
    const { storage } = await withUndated()
    const names = async (undated: 'include' | 'omit'): Promise<readonly string[]> =>
      await storage.asOf(5000, { undated }).listVersionNames('p')
    expect(await names('include')).toEqual(['1.0.0', '2.0.0'])
    expect(await names('omit')).toEqual(['1.0.0'])
    expect(
      (await storage.asOf(5000, { undated: 'include' }).getVersion('p', '2.0.0'))?.version,
    ).toBe('2.0.0')
  })

  it('is not known from before an import, which does not say what was deleted', async () => {
    const { storage } = await withUndated()
    await expect(storage.asOf(2000).listPromptIds()).rejects.toMatchObject({
      code: 'OPT-PAST-001',
      context: { reason: 'no_history', why: 'imported', since: '1970-01-01T00:00:03.000Z' },
    })
  })

  it('names the version whose content is gone, and when it was deleted', async () => {
    const { storage, go } = timed()
    go(1)
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    go(2)
    await storage.deleteVersion('p', '1.0.0')
    await expect(storage.asOf(1500).getLatestVersion('p')).rejects.toMatchObject({
      code: 'OPT-PAST-001',
      message: expect.stringContaining(
        'gone for good: it was deleted at 1970-01-01T00:00:02.000Z',
      ) as string,
      context: { reason: 'gone', version: '1.0.0', deleted_at: '1970-01-01T00:00:02.000Z' },
    })
  })

  it('reads a prompt once, and keeps to what it has read, while the times are known', async () => {
    const { storage, go } = timed()
    go(1)
    for (const version of ['1.0.0', '1.1.0']) await storage.saveVersion(sampleVersion('p', version))
    go(9)
    const source = new CountingSource(storage)
    const view = viewAsOf(source, new CommitClock(() => new Date(9000)), 5000, undefined)
    expect(await view.listVersionNames('p')).toEqual(['1.0.0', '1.1.0'])
    await storage.deleteVersion('p', '1.0.0')
    await storage.saveVersion(sampleVersion('p', '1.2.0'))
    expect(await view.listVersionNames('p')).toEqual(['1.0.0', '1.1.0'])
    expect((await view.getLatestVersion('p'))?.version).toBe('1.1.0')
    await expect(view.getVersion('p', '1.0.0')).rejects.toMatchObject({
      context: { reason: 'gone' },
    })
    expect(source.reads).toBe(1)
    await storage.clearAll()
    await expect(view.listVersionNames('p')).rejects.toMatchObject({
      context: { reason: 'no_history' },
    })
  })

  it('reads a prompt again where a time is unknown', async () => {
    const { storage } = await withUndated()
    const source = new CountingSource(storage)
    const options = { undated: 'include' } as const
    const view = viewAsOf(source, new CommitClock(() => new Date(9000)), 5000, options)
    for (let at = 1; at <= 3; at++) {
      expect(await view.listVersionNames('p')).toHaveLength(2)
      expect(source.reads).toBe(at)
    }
  })

  it('is what a registry reads from', async () => {
    const { storage, go } = timed()
    const now = (): Date => go(Date.now() / 1000)
    const registry = new PromptRegistry({ storage, now })
    const clock = [10, 20, 30, 40]
    for (const [at, text] of ['Say hello', 'Say hello to {{name}}', 'Greet {{name}}'].entries()) {
      go(clock[at] ?? 0)
      const when = go(clock[at] ?? 0)
      const dated = new PromptRegistry({ storage, now: () => when })
      await dated.publish('p', { text }, { labels: ['production'], message: text })
    }
    go(50)
    const then = new PromptRegistry({ storage: storage.asOf(25_000), now: () => new Date(50_000) })
    const live = await registry.get('p', '@production')
    const before = await then.get('p', '@production')
    expect(live?.prompt.text).toBe('Greet {{name}}')
    expect(before?.prompt.text).toBe('Say hello to {{name}}')
    expect((await then.history('p')).map(({ message, labels }) => [message, labels])).toEqual([
      ['Say hello to {{name}}', ['production']],
      ['Say hello', []],
    ])
    expect((await then.diff('p', '^1', 'latest')).same).toBe(true)
    expect((await then.search({ text: 'hello' })).length).toBe(2)
    await expect(then.publish('p', { text: 'new' })).rejects.toMatchObject({
      code: 'FS-READONLY-001',
    })
  })
})

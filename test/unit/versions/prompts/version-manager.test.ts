import { describe, expect, it } from 'vitest'
import type {
  PromptVersion,
  PromptAnalysis,
  OptimizationResult,
} from '../../../../src/versions/prompts/prompt-version.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import {
  VersionManager,
  compareDocuments,
  bumpFor,
} from '../../../../src/versions/prompts/version-manager.js'
import { analysisOf, promptOf } from './version-manager-fixtures.js'

describe('VersionManager', () => {
  async function history(): Promise<{ manager: VersionManager; storage: MemoryStorage }> {
    const storage = new MemoryStorage()
    const manager = new VersionManager({ storage })
    for (const [text, score] of [
      ['one two', 60],
      ['one two three', 80],
      ['four', 80],
      ['five', 10],
    ] as const)
      await manager.createVersion({ prompt: promptOf(text), analysis: analysisOf(score) })
    return { manager, storage }
  }

  it('gives what is there, and undefined for what is not', async () => {
    const { manager } = await history()
    expect((await manager.getVersion('p', '1.0.1'))?.prompt.text).toBe('one two three')
    expect((await manager.getLatestVersion('p'))?.version).toBe('1.0.3')
    expect(await manager.getVersion('p', '9.0.0')).toBeUndefined()
    expect(await manager.getLatestVersion('q')).toBeUndefined()
  })

  it('lists from the oldest and tells the history from the newest', async () => {
    const { manager } = await history()
    const names = (versions: readonly PromptVersion[]): string[] =>
      versions.map(({ version }) => version)
    expect(names(await manager.listVersions('p', { limit: 2 }))).toEqual(['1.0.0', '1.0.1'])
    expect(names(await manager.getVersionHistory('p', { limit: 2, offset: 1 }))).toEqual([
      '1.0.2',
      '1.0.1',
    ])
    expect(names(await manager.getVersionHistory('p', { limit: 0 }))).toEqual([])
    expect(names(await manager.getVersionHistory('p', { order: 'ascending', limit: 1 }))).toEqual([
      '1.0.0',
    ])
    await expect(manager.getVersionHistory('p', { limit: -1 })).rejects.toThrow(RangeError)
  })

  it('compares two versions', async () => {
    const { manager } = await history()
    expect(await manager.compareVersions('p', '1.0.0', '1.0.1')).toMatchObject({
      improvement: 20,
      text_diff: { character_diff: 6, word_diff: 1, similarity: 2 / 3 },
    })
  })

  it('finds the best, and the older of two equals', async () => {
    const { manager, storage } = await history()
    expect((await manager.getBestVersion('p'))?.version).toBe('1.0.1')
    await storage.saveVersion(sampleVersion('q', '1.0.0'))
    expect(await manager.getBestVersion('q')).toBeUndefined()
    expect(await manager.getBestVersion('missing')).toBeUndefined()
  })

  it('rolls back by a new version that says where it comes from, in the storage as well', async () => {
    const { manager, storage } = await history()
    const back = await manager.rollback('p', '1.0.1')
    expect(back).toMatchObject({
      version: '1.0.4',
      parent_version: '1.0.3',
      prompt: promptOf('one two three'),
      analysis: analysisOf(80),
      optimization_result: null,
      metadata: { author: 'rollback', rollback_from: '1.0.3', rollback_to: '1.0.1' },
    })
    expect(await storage.getVersion('p', '1.0.4')).toEqual(back)
    expect(await storage.listVersionNames('p')).toHaveLength(5)
  })

  it('says which version is missing where one is needed', async () => {
    const { manager } = await history()
    const missing = { code: 'OPT-VER-002', message: 'Version 9.0.0 does not exist for prompt p' }
    await expect(manager.rollback('p', '9.0.0')).rejects.toMatchObject(missing)
    await expect(manager.compareVersions('p', '1.0.0', '9.0.0')).rejects.toMatchObject(missing)
    await expect(manager.compareVersions('p', '9.0.0', '1.0.0')).rejects.toMatchObject(missing)
    await expect(manager.rollback('p', 'latest')).rejects.toThrow(TypeError)
  })

  it('deletes and clears through the storage', async () => {
    const { manager, storage } = await history()
    expect(await manager.deleteVersion('p', '1.0.3')).toBe(true)
    expect(await manager.deleteVersion('p', '1.0.3')).toBe(false)
    await manager.clearAll()
    expect(await storage.listPromptIds()).toEqual([])
  })

  it('saves only on top of the version that is expected to be the latest', async () => {
    const { manager, storage } = await history()
    const prompt = promptOf('six')
    for (const expectedLatest of ['1.0.2', null])
      await expect(manager.createVersion({ prompt, expectedLatest })).rejects.toMatchObject({
        code: 'OPT-VER-001',
        context: { prompt_id: 'p', latest: '1.0.3', expected: expectedLatest },
      })
    expect(await storage.listVersionNames('p')).toHaveLength(4)
    const created = await manager.createVersion({ prompt, expectedLatest: '1.0.3' })
    expect(created.version).toBe('1.0.4')
    const first = await manager.createVersion({
      prompt: { ...prompt, id: 'new' },
      expectedLatest: null,
    })
    expect(first.version).toBe('1.0.0')
    await expect(manager.createVersion({ prompt, expectedLatest: '1' })).rejects.toThrow(TypeError)
  })

  it('refuses to work without a storage', () => {
    for (const options of [
      undefined,
      {},
      { storage: {} },
      { storage: null },
      { store: 1 },
      { storage: new MemoryStorage(), now: 1 },
    ])
      expect(() => new VersionManager(options as never)).toThrow(TypeError)
  })
})

const analysis = (overall: number, clarity: number, efficiency: number): PromptAnalysis => ({
  prompt_id: 'p',
  overall_score: overall,
  clarity_score: clarity,
  efficiency_score: efficiency,
  issues: [{ severity: 'info', type: 'redundancy', description: 'twice' }],
  suggestions: [],
  metadata: {},
})

describe('compareDocuments', () => {
  it('subtracts the first from the second', () => {
    const changes = [{ rule_id: 'ADD_HEADERS', description: 'headers' }]
    const first = sampleVersion('p', '1.0.0', { analysis: analysis(60, 50, 75) })
    const second = sampleVersion('p', '1.1.0', {
      analysis: analysis(70, 72, 67),
      optimization_result: {
        prompt_id: 'p',
        original_prompt: 'a',
        optimized_prompt: 'b',
        strategy: 'clarity_focus',
        improvement_score: 10,
        confidence: 0.8,
        changes,
        metadata: {},
      },
    })
    expect(compareDocuments(first, second)).toMatchObject({
      prompt_id: 'p',
      version1: '1.0.0',
      version2: '1.1.0',
      improvement: 10,
      clarity_improvement: 22,
      efficiency_improvement: -8,
      version1_analysis: {
        overall_score: 60,
        clarity_score: 50,
        efficiency_score: 75,
        issues_count: 1,
      },
      version2_analysis: { overall_score: 70, issues_count: 1 },
      text_diff: { character_diff: 0 },
      changes,
    })
  })

  it('has no improvement to report without an analysis', () => {
    const first = sampleVersion('p', '1.0.0')
    const second = sampleVersion('p', '1.0.1', { analysis: analysis(70, 72, 67) })
    expect(compareDocuments(first, second)).toMatchObject({
      improvement: null,
      clarity_improvement: null,
      version1_analysis: null,
      version2_analysis: { overall_score: 70 },
      changes: [],
    })
  })
})

describe('bumpFor', () => {
  it.each([
    [15, 'major'],
    [14.99, 'minor'],
    [5, 'minor'],
    [4.99, 'patch'],
    [0, 'patch'],
    [-20, 'patch'],
  ])('makes of an improvement by %d points a %s version', (improvement_score, bump) => {
    const result: OptimizationResult = {
      prompt_id: 'p',
      original_prompt: 'a',
      optimized_prompt: 'b',
      strategy: 'auto',
      improvement_score,
      confidence: 1,
      changes: [],
      metadata: {},
    }
    expect(bumpFor(result)).toBe(bump)
  })

  it('makes a patch without a result', () => {
    expect(bumpFor(null)).toBe('patch')
  })
})

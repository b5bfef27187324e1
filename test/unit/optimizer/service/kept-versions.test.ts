import { describe, expect, it } from 'vitest'
import { InMemoryStorage } from '../../../../src/index.js'
import { PromptAnalyzer } from '../../../../src/optimizer/analysis/prompt-analyzer.js'
import { OptimizationEngine } from '../../../../src/optimizer/rewriting/optimization-engine.js'
import { keepVersions, type Optimized } from '../../../../src/optimizer/service/kept-versions.js'
import type { TextPrompt } from '../../../../src/versions/prompts/prompt.js'
import { promptVersionSchema } from '../../../../src/versions/prompts/prompt-version.js'
import { VersionManager } from '../../../../src/versions/prompts/version-manager.js'

const TEXT = 'You should really read the text in order to answer the question of the user.'

describe('C30: the versions of an optimization', () => {
  it('are a baseline with the text of the file, and the new text with it as its parent', async () => {
    const manager = managed()
    const kept = await keepVersions(manager, await optimized(TEXT))
    expect(kept.baseline).toBe('1.0.0')
    const [baseline, version] = await manager.listVersions('p')
    expect(baseline).toMatchObject({
      version: '1.0.0',
      parent_version: null,
      metadata: { author: 'baseline' },
      prompt: { text: TEXT },
      optimization_result: null,
    })
    expect(version).toMatchObject({
      version: kept.optimized,
      parent_version: '1.0.0',
      metadata: { author: 'optimizer', strategy: 'efficiency_focus' },
      prompt: { text: 'You should read the text to answer the question of the user.' },
    })
    expect(version?.analysis?.overall_score).not.toBe(baseline?.analysis?.overall_score)
  })

  it('are not saved again when the same file is optimized again', async () => {
    const manager = managed()
    const first = await keepVersions(manager, await optimized(TEXT))
    expect(await keepVersions(manager, await optimized(TEXT))).toEqual(first)
    expect(await manager.listVersions('p')).toHaveLength(2)
  })

  it('have no new baseline if the latest version has the text, whatever its number', async () => {
    const manager = managed()
    await manager.createVersion({ prompt: { id: 'p', text: 'An older text.' } })
    await manager.createVersion({ prompt: { id: 'p', text: TEXT }, bump: 'major' })
    const kept = await keepVersions(manager, await optimized(TEXT))
    expect(kept.baseline).toBe('2.0.0')
    expect(await manager.listVersions('p')).toHaveLength(3)
    expect((await manager.getLatestVersion('p'))?.parent_version).toBe('2.0.0')
  })

  it('have a new baseline if the text differs from the latest version', async () => {
    const manager = managed()
    await keepVersions(manager, await optimized(TEXT))
    const other = `${TEXT} Be very short.`
    const kept = await keepVersions(manager, await optimized(other))
    const versions = await manager.listVersions('p')
    expect(versions).toHaveLength(4)
    expect(versions.find(({ version }) => version === kept.baseline)?.prompt.text).toBe(other)
    expect(versions.at(-1)?.parent_version).toBe(kept.baseline)
  })
})

describe('C33: the changes of a version', () => {
  it('are written as objects, and read as texts, too', async () => {
    const manager = managed()
    await keepVersions(manager, await optimized(TEXT))
    const version = await manager.getLatestVersion('p')
    expect(version?.optimization_result?.changes[0]).toMatchObject({
      rule_id: 'efficiency-filler',
      before: 'really ',
      after: '',
    })
    const old = structuredClone(version) as unknown as Record<string, unknown>
    old['optimization_result'] = { ...version?.optimization_result, changes: ['Dropped a word'] }
    expect(promptVersionSchema.parse(old).optimization_result?.changes).toEqual([
      { rule_id: 'unspecified', description: 'Dropped a word' },
    ])
  })
})

function managed(): VersionManager {
  return new VersionManager({ storage: new InMemoryStorage() })
}

async function optimized(text: string): Promise<Optimized> {
  const prompt: TextPrompt = { id: 'p', text, role: 'system', variables: [], context: {} }
  const analyzer = new PromptAnalyzer()
  const result = await new OptimizationEngine({ analyzer }).optimize(prompt, 'efficiency_focus')
  return {
    prompt,
    analysis: analyzer.analyzePrompt(prompt),
    result,
    optimizedAnalysis: analyzer.analyzePrompt({ ...prompt, text: result.optimized_prompt }),
  }
}

import { describe, expect, it } from 'vitest'
import type { VersionItem } from '../../../src/interchange/item.js'
import { planImport, type ImportPlan } from '../../../src/interchange/plan-import.js'
import type { StoredPrompt } from '../../../src/interchange/stored-versions.js'
import { NO_HEAD, type PromptHead } from '../../../src/versions/prompt-heads.js'
import {
  promptVersionSchema,
  type PromptVersion,
} from '../../../src/versions/prompts/prompt-version.js'

const NOW = '2026-05-05T05:05:05.000Z'
const RULES = { moveLabels: false, protectedLabels: new Set(['sealed']) }

function stored(
  documents: readonly PromptVersion[] = [],
  head: Partial<PromptHead> = {},
): StoredPrompt {
  return {
    promptId: 'p',
    names: documents.map(({ version }) => version),
    documents: new Map(documents.map((document) => [document.version, document])),
    head: { ...NO_HEAD, ...head },
  }
}

function item(text: string, given: Partial<VersionItem> = {}): VersionItem {
  return {
    kind: 'version',
    promptId: 'p',
    place: 'p.txt',
    draft: { prompt: { text } },
    labels: [],
    tags: [],
    ...given,
  }
}

function fromCommit(text: string, commit: string, given: Partial<VersionItem> = {}): VersionItem {
  const metadata = { source: { format: 'git', commit, path: 'p.txt' } }
  return item(text, { draft: { prompt: { text }, metadata }, ...given })
}

function plan(items: readonly VersionItem[], from = stored(), rules = RULES): ImportPlan {
  return planImport(from, items, rules, NOW)
}

function outcomes({ results }: ImportPlan): unknown[] {
  return results.map(({ outcome, version }) => [outcome, version])
}

function at(version: string): unknown {
  return { version, at: NOW, by: null, reason: null }
}

describe('the plan of an import', () => {
  it('gives the versions of a new prompt the numbers from 1.0.0, each with its parent', () => {
    const { saves } = plan([fromCommit('one', 'c1'), fromCommit('two', 'c2')])
    expect(saves).toMatchObject([
      { version: '1.0.0', parent_version: null, created_at: NOW, prompt: { id: 'p', text: 'one' } },
      { version: '1.0.1', parent_version: '1.0.0' },
    ])
  })

  it('recognises a commit, and continues after it', () => {
    const first = plan([fromCommit('one', 'c1'), fromCommit('one', 'c2')])
    const again = plan(
      [fromCommit('one', 'c1'), fromCommit('one', 'c2'), fromCommit('one', 'c3')],
      stored(first.saves),
    )
    expect(outcomes(again)).toEqual([
      ['unchanged', '1.0.0'],
      ['unchanged', '1.0.1'],
      ['created', '1.0.2'],
    ])
    expect(again.saves).toHaveLength(1)
  })

  it('recognises a file that has not changed since it was imported, also after other versions', () => {
    const metadata = { source: { format: 'json', path: 'p.txt' } }
    const file = item('one', { draft: { prompt: { text: 'one' }, metadata } })
    const [first] = plan([file]).saves as [PromptVersion]
    const [other] = plan([item('two')], stored([first])).saves as [PromptVersion]
    expect(outcomes(plan([file], stored([first, other])))).toEqual([['unchanged', '1.0.0']])
    const changed = item('three', { draft: { prompt: { text: 'three' }, metadata } })
    expect(outcomes(plan([changed], stored([first, other])))).toEqual([['created', '1.0.2']])
    expect(outcomes(plan([item('two')], stored([first, other])))).toEqual([['unchanged', '1.0.1']])
  })

  it('takes numbers that are given, and refuses one with another content', () => {
    const first = plan([item('one', { version: '2.0.0' }), item('old', { version: '1.0.0' })])
    expect(first.saves.map(({ version, parent_version: parent }) => [version, parent])).toEqual([
      ['2.0.0', null],
      ['1.0.0', null],
    ])
    const again = plan(
      [item('one', { version: '2.0.0' }), item('else', { version: '1.0.0' })],
      stored(first.saves.toReversed()),
    )
    expect(again.results).toEqual([
      { place: 'p.txt', outcome: 'unchanged', prompt_id: 'p', version: '2.0.0' },
      {
        place: 'p.txt',
        outcome: 'refused',
        prompt_id: 'p',
        version: '1.0.0',
        reason: 'version 1.0.0 is stored with another content',
      },
    ])
  })

  it('compares times and parents only where they are given', () => {
    const draft = { prompt: { text: 'one' }, created_at: '2020-01-01T00:00:00.000Z' }
    const dated = item('one', { version: '1.0.0', draft })
    const { saves } = plan([dated])
    expect(outcomes(plan([item('one', { version: '1.0.0' })], stored(saves)))).toEqual([
      ['unchanged', '1.0.0'],
    ])
    const later = { ...draft, created_at: '2021-01-01T00:00:00.000Z' }
    expect(outcomes(plan([{ ...dated, draft: later }], stored(saves)))).toEqual([
      ['refused', '1.0.0'],
    ])
  })

  it('refuses what is not a version, and plans the rest', () => {
    const { results, saves } = plan([
      item('one', { promptId: '' }),
      item('one', { version: '1.0' }),
      item(' '),
      item('two', { draft: { prompt: { text: 'two' }, created_at: 'today' } }),
      item('three'),
    ])
    expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['refused', `'' cannot be the id of a prompt`],
      ['refused', `'1.0' is not a version: expected MAJOR.MINOR.PATCH`],
      ['refused', expect.stringContaining('prompt.text')],
      ['refused', expect.stringContaining('created_at')],
      ['created', undefined],
    ])
    expect(saves).toHaveLength(1)
  })

  it('does not replace a version that cannot be read', () => {
    const damaged = { ...stored(), names: ['1.0.0'] }
    expect(plan([item('one', { version: '1.0.0' })], damaged).results).toMatchObject([
      { outcome: 'refused', reason: 'version 1.0.0 is stored and cannot be read' },
    ])
    expect(outcomes(plan([item('one')], damaged))).toEqual([['created', '1.0.1']])
  })

  it('gives no number that was given before', () => {
    expect(outcomes(plan([item('one')], stored([], { highest: '1.4.0' })))).toEqual([
      ['created', '1.4.1'],
    ])
  })

  it('uses the numbers of tags where they are higher, and leaves room below the first one', () => {
    const tagged = plan([
      fromCommit('a', 'c1'),
      fromCommit('b', 'c2', { wanted: '0.1.0' }),
      fromCommit('c', 'c3', { wanted: '0.0.9' }),
      fromCommit('d', 'c4', { wanted: '2.0.0-rc.1' }),
    ])
    expect(outcomes(tagged)).toEqual([
      ['created', '0.0.1'],
      ['created', '0.1.0'],
      ['created', '0.1.1'],
      ['created', '2.0.0-rc.1'],
    ])
    expect(tagged.results[2]?.notes).toEqual([
      'the tag for version 0.0.9 is not higher than the version before it',
    ])
    const high = plan([fromCommit('a', 'c1'), fromCommit('b', 'c2', { wanted: '1.2.0' })])
    expect(outcomes(high)).toEqual([
      ['created', '1.0.0'],
      ['created', '1.2.0'],
    ])
  })

  it('sets labels that are free, and says which are not', () => {
    const labels = ['staging', 'production', 'sealed', 'No!']
    const document = promptVersionSchema.parse({
      prompt_id: 'p',
      version: '1.0.0',
      created_at: NOW,
      prompt: { text: 'old' },
    })
    const from = stored([document], { labels: { production: at('1.0.0') } as PromptHead['labels'] })
    const kept = plan([item('new', { labels })], from)
    expect([...kept.labels]).toEqual([['staging', '1.0.1']])
    expect(kept.results[0]?.notes).toEqual([
      `label 'production' stays at version 1.0.0`,
      `label 'sealed' is not imported: it is protected`,
      expect.stringContaining(`label 'No!' is not imported`),
    ])
    const moved = plan([item('new', { labels })], from, { ...RULES, moveLabels: true })
    expect([...moved.labels.keys()]).toEqual(['staging', 'production'])
    const same = plan([item('old', { labels: ['production'] })], from)
    expect(same.labels.size).toBe(0)
  })

  it('adds the tags that a version does not have', () => {
    const { saves } = plan([item('one')])
    const from = stored(saves, { tags: { '1.0.0': ['a'] } })
    const { tags, results } = plan([item('one', { tags: ['a', 'b', ''] })], from)
    expect([...tags]).toEqual([['1.0.0', ['b']]])
    expect(results[0]?.notes).toEqual([expect.stringContaining(`tag '' is not imported`)])
  })
})

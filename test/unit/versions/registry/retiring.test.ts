import { describe, expect, it } from 'vitest'
import { DELETED_TOGETHER_MAX } from '../../../../src/versions/prompt-change.js'
import { NO_HEAD } from '../../../../src/versions/prompt-heads.js'
import type { RetentionCandidate } from '../../../../src/versions/registry/retention.js'
import { PromptDraft } from '../../../../src/versions/registry/prompt-draft.js'
import { checkRetention, planOf, retire } from '../../../../src/versions/registry/retiring.js'

const now = new Date('2025-06-01T00:00:00.000Z')
const rules = { at: now.toISOString(), protectedLabels: new Set<string>() }
const summaries = (count: number): RetentionCandidate[] =>
  Array.from({ length: count }, (_, at) => ({ version: `1.0.${at}`, created_at: rules.at }))

describe('retiring versions', () => {
  it('goes part by part, so that no transaction is too large', async () => {
    const all = summaries(2 * DELETED_TOGETHER_MAX + 5)
    let versions = all.map(({ version }) => version)
    const parts: number[] = []
    const { keep, remove } = await retire(
      async (decide) => {
        const draft = new PromptDraft({ promptId: 'p', head: undefined, versions }, rules)
        const result = await Promise.resolve(decide(draft))
        parts.push(versions.length - draft.versions.length)
        versions = [...draft.versions]
        return result
      },
      all,
      checkRetention({ keepLast: 3 }, now),
    )
    expect(parts).toEqual([DELETED_TOGETHER_MAX, DELETED_TOGETHER_MAX, 2])
    expect([keep.length, remove.length]).toEqual([3, 2 * DELETED_TOGETHER_MAX + 2])
    expect(versions).toEqual(keep.map(({ version }) => version))
  })

  it('leaves versions alone that were saved since, or deleted, and those that a label names now', async () => {
    const versions = ['1.0.1', '1.0.2', '1.0.3', '9.0.0']
    const state = { version: '1.0.1', at: rules.at, by: null, reason: null }
    const head = { ...NO_HEAD, labels: { live: state } }
    const draft = new PromptDraft({ promptId: 'p', head, versions }, rules)
    const { remove } = await retire(
      async (decide) => await Promise.resolve(decide(draft)),
      summaries(4),
      checkRetention({ keepLast: 1 }, now),
    )
    expect(remove).toEqual([{ version: '1.0.2' }])
    expect(draft.versions).toEqual(['1.0.1', '1.0.3', '9.0.0'])
  })

  it('goes by scores where the policy says so', () => {
    const all = [
      { version: '1.0.0', score: 90 },
      { version: '1.0.1', score: 10 },
      ...summaries(3).slice(2),
    ]
    const plan = planOf('p', all, NO_HEAD, checkRetention({ keepLast: 1, best: 1 }, now))
    expect(plan.remove).toEqual([{ version: '1.0.1' }])
  })
})

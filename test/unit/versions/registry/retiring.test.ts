import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { NO_HEAD } from '../../../../src/versions/prompt-heads.js'
import { PromptDraft } from '../../../../src/versions/registry/prompt-draft.js'
import {
  checkRetention,
  planOf,
  retire,
  RETIRED_TOGETHER_MAX,
  summaryOf,
} from '../../../../src/versions/registry/retiring.js'

const now = new Date('2025-06-01T00:00:00.000Z')
const rules = { at: now.toISOString(), protectedLabels: new Set<string>() }
const documents = (count: number): ReturnType<typeof sampleVersion>[] =>
  Array.from({ length: count }, (_, at) => sampleVersion('p', `1.0.${at}`))

describe('retiring versions', () => {
  it('goes part by part, so that no transaction is too large', async () => {
    const all = documents(2 * RETIRED_TOGETHER_MAX + 5)
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
    expect(parts).toEqual([RETIRED_TOGETHER_MAX, RETIRED_TOGETHER_MAX, 2])
    expect([keep.length, remove.length]).toEqual([3, 2 * RETIRED_TOGETHER_MAX + 2])
    expect(versions).toEqual(keep.map(({ version }) => version))
  })

  it('leaves versions alone that were saved since, or deleted, and those that a label names now', async () => {
    const versions = ['1.0.1', '1.0.2', '1.0.3', '9.0.0']
    const state = { version: '1.0.1', at: rules.at, by: null, reason: null }
    const head = { ...NO_HEAD, labels: { live: state } }
    const draft = new PromptDraft({ promptId: 'p', head, versions }, rules)
    const { remove } = await retire(
      async (decide) => await Promise.resolve(decide(draft)),
      documents(4),
      checkRetention({ keepLast: 1 }, now),
    )
    expect(remove).toEqual([{ version: '1.0.2' }])
    expect(draft.versions).toEqual(['1.0.1', '1.0.3', '9.0.0'])
  })

  it('goes by scores where the policy says so', () => {
    const analysed = (number: string, overall_score: number): ReturnType<typeof sampleVersion> =>
      sampleVersion('p', number, {
        analysis: {
          prompt_id: 'p',
          overall_score,
          clarity_score: 0,
          efficiency_score: 0,
          issues: [],
          suggestions: [],
          metadata: {},
        },
      })
    const all = [analysed('1.0.0', 90), analysed('1.0.1', 10), ...documents(3).slice(2)]
    expect(summaryOf(all[0] ?? analysed('1.0.0', 0)).score).toBe(90)
    const plan = planOf('p', all, NO_HEAD, checkRetention({ keepLast: 1, best: 1 }, now))
    expect(plan.remove).toEqual([{ version: '1.0.1' }])
  })
})

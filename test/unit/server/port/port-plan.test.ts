import { describe, expect, it } from 'vitest'
import { plannedChanges } from '../../../../src/server/port/port-plan.js'
import { NO_HEAD } from '../../../../src/versions/prompt-heads.js'

const AT = '2025-01-17T10:30:00.000Z'
const seen = { prompt_id: 'p', head: null, versions: ['1.0.0'] }
const nothing = { prompt_id: 'p', save: [], delete: [], requires: [], moves: '[]' }
const now = { promptId: 'p', head: undefined, versions: ['1.0.0'] }

describe('the plan of a commit', () => {
  it('holds while the head and the versions that it depends on are the same', () => {
    const plan = plannedChanges([seen], [{ ...nothing, delete: ['1.0.0'] }])
    expect(plan.holds([now])).toBe(true)
    expect(plan.holds([{ ...now, versions: ['1.0.0', '2.0.0'] }])).toBe(true)
    expect(plan.holds([{ ...now, versions: [] }])).toBe(false)
    expect(plan.holds([{ ...now, head: NO_HEAD }])).toBe(false)
  })

  it('signs what is new in the name of the author, and nothing else', () => {
    const old = { version: '1.0.0', at: AT, by: 'before', reason: null }
    const before = { ...NO_HEAD, labels: { old } }
    const head = { ...before, labels: { old, fresh: { ...old, by: 'forged' } } }
    const move = { label: 'fresh', from: null, to: '1.0.0', by: 'forged', reason: null, at: AT }
    const change = { ...nothing, head: JSON.stringify(head), moves: JSON.stringify([move]) }
    const view = { ...seen, head: JSON.stringify(before) }
    const [planned] = plannedChanges([view], [change], 'ann').changes
    expect(planned?.head?.labels).toMatchObject({ old: { by: 'before' }, fresh: { by: 'ann' } })
    expect(planned?.moves?.[0]?.by).toBe('ann')
  })

  it('refuses changes of other prompts, and moves that are none', () => {
    expect(() => plannedChanges([], [nothing])).toThrow(/"views"/)
    expect(() => plannedChanges([seen], [{ ...nothing, moves: '{}' }])).toThrow(/"moves"/)
  })
})

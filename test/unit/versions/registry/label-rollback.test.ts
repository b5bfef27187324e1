import { describe, expect, it } from 'vitest'
import { NO_HEAD, type LabelMove } from '../../../../src/versions/prompt-heads.js'
import { lastMove, undo } from '../../../../src/versions/registry/label-rollback.js'
import { PromptDraft } from '../../../../src/versions/registry/prompt-draft.js'

const at = '2025-01-17T10:00:00.000Z'
const move = (from: string | null, to: string | null): LabelMove => ({
  label: 'live',
  from,
  to,
  by: null,
  reason: null,
  at,
})
const rules = { expected: undefined, by: 'ada', reason: null, allowProtected: false }

function draftAt(version: string, since = at): PromptDraft {
  const labels = { live: { version, at: since, by: null, reason: null } }
  const view = { promptId: 'p', head: { ...NO_HEAD, labels }, versions: ['1.0.0', '1.0.1'] }
  return new PromptDraft(view, { at: '2025-01-17T11:00:00.000Z', protectedLabels: new Set() })
}

describe('a rollback', () => {
  it('takes the last move of its own label', () => {
    const other = { ...move(null, '1.0.1'), label: 'beta' }
    const moves = [move(null, '1.0.0'), move('1.0.0', '1.0.1'), other]
    expect(lastMove(moves, 'p', 'live')).toBe(moves[1])
    expect(() => lastMove(moves, 'p', 'gamma')).toThrow(/'gamma' of prompt p was never set/)
  })

  it('is not made when the label was moved since', () => {
    const last = move('1.0.0', '1.0.1')
    expect(undo(draftAt('1.0.0'), last, rules)).toBeUndefined()
    expect(undo(draftAt('1.0.1', '2025-01-17T10:30:00.000Z'), last, rules)).toBeUndefined()
    expect(undo(draftAt('1.0.1'), move('1.0.1', null), rules)).toBeUndefined()
    expect(undo(draftAt('1.0.1'), last, rules)).toMatchObject({ to: '1.0.0', by: 'ada' })
  })
})

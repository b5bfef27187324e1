import { describe, expect, it } from 'vitest'
import { compareStates, isPassed } from '../../../../src/optimizer/gate/compare-states.js'
import type { GateFinding, GateState } from '../../../../src/optimizer/gate/gate-state.js'

const FINDING: GateFinding = {
  rule: 'no-prompt',
  severity: 'error',
  node_id: 'llm',
  message: 'm',
  line: 1,
  column: 1,
}

function state(
  findings: readonly GateFinding[],
  scores: Readonly<Record<string, number>>,
): GateState {
  const prompts = Object.entries(scores).map(([id, score]) => ({ prompt_id: id, score, line: 1 }))
  return { format: 1, rules: 'holdfast-1', files: [{ file: 'a.yml', findings, prompts }] }
}

describe('a comparison with a baseline', () => {
  it('refuses a new error, but not one that was there, also at another line', () => {
    const before = state([FINDING], { a: 70 })
    expect(isPassed(compareStates(before, state([{ ...FINDING, line: 9 }], { a: 70 })))).toBe(true)
    const twice = compareStates(before, state([FINDING, FINDING], { a: 70 }))
    expect(twice[0]?.newFindings).toHaveLength(1)
    expect(isPassed(twice)).toBe(false)
    const fixed = compareStates(before, state([], { a: 70 }))
    expect(fixed[0]?.fixedFindings).toEqual([FINDING])
    expect(isPassed(fixed)).toBe(true)
  })

  it('refuses warnings only if it is asked to', () => {
    const now = state([{ ...FINDING, severity: 'warning' }], {})
    expect(isPassed(compareStates(state([], {}), now))).toBe(true)
    expect(isPassed(compareStates(state([], {}), now, { failOn: 'warning' }))).toBe(false)
  })

  it('refuses a score that falls by more than is allowed, or that is too low', () => {
    const before = state([], { a: 70, b: 50 })
    expect(isPassed(compareStates(before, state([], { a: 65, b: 50 })))).toBe(true)
    expect(isPassed(compareStates(before, state([], { a: 64.9, b: 50 })))).toBe(false)
    expect(isPassed(compareStates(before, state([], { a: 40, b: 50 }), { maxDrop: 30 }))).toBe(true)
    // What has not changed is not held against a change.
    expect(isPassed(compareStates(before, state([], { a: 70, b: 50 }), { minScore: 60 }))).toBe(
      true,
    )
    expect(isPassed(compareStates(before, state([], { a: 70, c: 50 }), { minScore: 60 }))).toBe(
      false,
    )
  })

  it('names new files, new prompts and those that are gone', () => {
    const [change] = compareStates(state([], { a: 70 }), state([], { c: 50 }))
    expect(change).toMatchObject({ isNew: false, gone: ['a'], scores: [{ before: null }] })
    const none: GateState = { format: 1, rules: 'holdfast-1', files: [] }
    const [fresh] = compareStates(none, state([], { c: 50 }))
    expect(fresh).toMatchObject({ isNew: true, meanBefore: null, meanNow: 50 })
  })
})

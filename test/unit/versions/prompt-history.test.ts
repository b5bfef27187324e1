import { describe, expect, it } from 'vitest'
import { isDeletion, isLabelMove, movesIn } from '../../../src/versions/prompt-history.js'

const AT = '2026-11-21T07:25:48.798Z'
const MOVE = { label: 'a', from: null, to: '1.0.0', by: null, reason: null, at: AT }
const DELETED = { deleted: { '1.0.0': AT }, trash: true, at: AT }
const RESTORED = { restored: { '1.0.0': null }, at: AT }

describe('the entries of a history', () => {
  it('are told apart by their fields', () => {
    const history = [DELETED, MOVE, RESTORED]
    expect(history.map(isLabelMove)).toEqual([false, true, false])
    expect(history.map(isDeletion)).toEqual([true, false, false])
    expect(movesIn(history)).toEqual([MOVE])
  })
})

import { describe, expect, it } from 'vitest'
import {
  abandoned,
  cleared,
  committed,
  copiedPages,
  doubtful,
  emptyHead,
  fullPage,
  judge,
  PAGE_ENTRIES,
  preparedFor,
  RECENT_MAX,
  withoutRemoved,
  type HeadState,
} from '../../../src/buckets/head-state.js'
import { labelled, moveTo } from './support.js'

const AT = '2025-01-17T10:30:00.000Z'
const NONE = new Map()

function moved(
  state: HeadState,
  id: string,
  deleted: Parameters<typeof committed>[1]['deleted'] = NONE,
) {
  const change = {
    head: labelled('production', '1.0.0'),
    moves: [moveTo('production', null, '1.0.0')],
  }
  return committed(state, { id, at: AT, change, deleted })
}

describe('the head after a transaction', () => {
  it('has its labels, its entries and its id', () => {
    const after = moved(emptyHead('p'), 't1')
    expect(after).toMatchObject({ changes: 1, recent: ['t1'], pages: 0, prepared: undefined })
    expect(after.head?.labels['production']?.version).toBe('1.0.0')
    expect(after.tail).toEqual([moveTo('production', null, '1.0.0')])
  })

  it('names the objects of deleted versions, and deletes none before it was saved', () => {
    const savedAt = '2030-01-01T00:00:00.000Z'
    const after = moved(emptyHead('p'), 't1', new Map([['1.0.0', { id: 'o1', savedAt }]]))
    expect(after.removed.get('1.0.0')).toEqual([{ id: 'o1', at: AT }])
    expect(after.tail.at(-1)).toEqual({ deleted: { '1.0.0': savedAt }, trash: false, at: savedAt })
    expect(judge(after, '1.0.0', 'o1')).toBe('dead')
    expect(judge(after, '1.0.0', 'o2')).toBe('live')
  })

  it('keeps the ids of the last ones, and the end of a long history', () => {
    let state = emptyHead('p')
    for (let at = 0; at < 2 * PAGE_ENTRIES; at++) state = moved(state, `t${at}`)
    expect(state.recent).toHaveLength(RECENT_MAX)
    expect(fullPage(state)).toHaveLength(PAGE_ENTRIES)
    const next = moved(state, 'last')
    expect(next.pages).toBe(1)
    expect(next.tail).toHaveLength(PAGE_ENTRIES + 1)
    expect(fullPage(next)).toBeUndefined()
  })
})

describe('the head after a copy', () => {
  it('has its head and its whole history, in pages of its own, and no entry for what goes', () => {
    const history = Array.from({ length: PAGE_ENTRIES + 2 }, () => moveTo('a', null, '1.0.0'))
    const record = { head: undefined, history }
    const change = { head: undefined, moves: [], record }
    const deleted = new Map([['1.0.0', { id: 'o1', savedAt: null }]])
    const before = moved(emptyHead('p'), 't1')
    const state = committed(before, { id: 't2', at: AT, change, deleted })
    expect(state).toMatchObject({ head: undefined, epoch: 't2', pages: 1 })
    expect(state.tail).toHaveLength(2)
    expect(copiedPages(record)).toEqual([history.slice(0, PAGE_ENTRIES)])
    expect(judge(state, '1.0.0', 'o1')).toBe('dead')
  })
})

describe('a transaction under way', () => {
  const after = moved(emptyHead('p'), 't1')
  const prepared = preparedFor(emptyHead('p'), {
    id: 't1',
    isShared: false,
    saves: ['1.0.0'],
    after,
  })

  it('leaves the prompt as it is, and makes its objects pending', () => {
    expect(prepared.head).toBeUndefined()
    expect(judge(prepared, '1.0.0', 't1')).toBe('pending')
    expect(doubtful(prepared)).toEqual(new Set(['1.0.0']))
  })

  it('that is given up leaves objects that are dead, whenever they come', () => {
    const undone = abandoned(prepared, AT)
    expect(undone.prepared).toBeUndefined()
    expect(judge(undone, '1.0.0', 't1')).toBe('dead')
    expect(abandoned(undone, AT)).toBe(undone)
  })

  it('makes no content of the head that there was before', () => {
    expect(prepared.changes).toBe(1)
    expect(prepared.prepared?.after.changes).toBe(2)
  })
})

describe('a cleared prompt', () => {
  it('has no head and no history, and its objects are dead', () => {
    const state = cleared(moved(emptyHead('p'), 't1'), AT, new Map([['1.0.0', 'o1']]), 'e')
    expect(state).toMatchObject({ head: undefined, tail: [], pages: 0, epoch: 'e', recent: ['t1'] })
    expect(judge(state, '1.0.0', 'o1')).toBe('dead')
  })

  it('forgets the objects that are gone', () => {
    const state = cleared(
      emptyHead('p'),
      AT,
      new Map([
        ['1.0.0', 'o1'],
        ['1.1.0', 'o2'],
      ]),
      'e',
    )
    const swept = withoutRemoved(state, new Map([['1.0.0', new Set(['o1'])]]))
    expect([...swept.removed.keys()]).toEqual(['1.1.0'])
    expect(withoutRemoved(state, new Map())).toBe(state)
  })
})

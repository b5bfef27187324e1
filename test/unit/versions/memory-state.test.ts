import { describe, expect, it } from 'vitest'
import { MemoryState } from '../../../src/versions/memory-state.js'
import { planChanges } from '../../../src/versions/prompt-change.js'
import type { VersionDocument } from '../../../src/versions/version-storage.js'

const AT = '2026-11-21T07:25:48.798Z'

function filled(): MemoryState<VersionDocument> {
  const state = new MemoryState<VersionDocument>(() => new Date(AT))
  state.keep({ prompt_id: 'p', version: '1.0.0' }, AT)
  state.keep({ prompt_id: 'p', version: '1.0.1' }, undefined)
  state.keep({ prompt_id: 'q', version: '1.0.0' }, AT)
  return state
}

describe('the state of a storage in memory', () => {
  it('has documents with the times of their commits, known or not', () => {
    const state = filled()
    expect(state.documents('p', ['1.0.1', '1.0.2', '1.0.0'])).toEqual([
      { prompt_id: 'p', version: '1.0.1' },
      { prompt_id: 'p', version: '1.0.0' },
    ])
    expect(state.commitTimes().get('p')).toEqual(
      new Map([
        ['1.0.0', AT],
        ['1.0.1', undefined],
      ]),
    )
    expect(state.view('p')).toEqual({
      promptId: 'p',
      head: undefined,
      versions: ['1.0.0', '1.0.1'],
    })
  })

  it('has a deleted version in its history with the time of its commit, and announces it', async () => {
    const state = filled()
    const changes = state.feed.watch()
    const decision = { changes: [{ promptId: 'p', delete: ['1.0.0'] }], result: null }
    state.apply(planChanges([state.view('p')], decision), new Date(AT))
    const gone = { deleted: { '1.0.0': AT }, trash: false, at: AT }
    expect(state.history('p')).toEqual([gone])
    expect(state.historicIds()).toEqual(['p'])
    expect(state.knownSince).toBeUndefined()
    expect(state.has({ prompt_id: 'p', version: '1.0.0' })).toBe(false)
    expect([...(state.commitTimes().get('p') ?? [])]).toEqual([['1.0.1', undefined]])
    const change = { kind: 'delete', prompt_id: 'p', version: '1.0.0', at: AT }
    expect((await changes.next()).value).toEqual(change)
  })

  it('is empty when it is cleared', () => {
    const state = filled()
    state.clear(new Date(AT))
    expect(state.index.sortedIds()).toEqual([])
    expect(state.commitTimes()).toEqual(new Map())
    expect(state.head('p')).toBeUndefined()
    expect(state.history('p')).toEqual([])
    expect(state.knownSince).toEqual({ since: AT, reason: 'cleared' })
  })
})

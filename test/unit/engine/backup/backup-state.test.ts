import { expect, it } from 'vitest'
import { GrowingState, NO_BASE } from '../../../../src/engine/backup/backup-state.js'

const file = (path: string, bytes: number, run = 1) => ({ path, bytes, sha256: '', run })

it('adds up from nothing for a full backup', async () => {
  const state = new GrowingState(NO_BASE)
  state.set('a', file('a', 2))
  state.set('b', file('b', 3))
  state.set('a', file('a', 5))
  expect([state.files, state.bytes]).toEqual([2, 8])
  state.set('a', undefined)
  expect([state.files, state.bytes, [...state.changes.keys()]]).toEqual([1, 3, ['b']])
  expect(await state.without(new Set(['b']))).toEqual([])
})

it('knows what differs from the backup before, and nothing else', async () => {
  const [one, two] = [file('one', 1), file('two', 2)]
  const base = new Map([one, two].map((each) => [each.path, each]))
  const state = new GrowingState({ state: base, previous: null, bytes: 3 })
  state.set('two', undefined)
  state.set('new', file('new', 7, 2))
  expect(state.get('one')).toBe(one)
  expect(state.get('two')).toBeUndefined()
  expect([state.files, state.bytes]).toEqual([2, 8])
  expect([...state.changes]).toEqual([
    ['two', undefined],
    ['new', file('new', 7, 2)],
  ])
  expect(await state.without(new Set(['one']))).toEqual(['new'])
  // It is as it was: no change is left.
  state.set('two', two)
  state.set('new', undefined)
  expect(state.changes.size).toBe(0)
  expect([state.files, state.bytes]).toEqual([2, 3])
})

import { describe, expect, it } from 'vitest'
import {
  differences,
  headTagOf,
  isNews,
  lengthOf,
  NOTHING_LISTED,
  signatureOf,
  type KnownPrompt,
} from '../../../src/buckets/differences.js'
import { committed, emptyHead, PAGE_ENTRIES } from '../../../src/buckets/head-state.js'
import { labelled, moveTo } from './support.js'

const AT = '2025-01-17T10:30:00.000Z'
const move = moveTo('a', null, '1.0.0')
const change = { head: labelled('a', '1.0.0'), moves: [move] }
const empty = emptyHead('p')
const after = committed(empty, { id: 't', at: AT, change, deleted: new Map() })

function known(changes: Partial<KnownPrompt> = {}): KnownPrompt {
  return {
    signature: '',
    headTag: '',
    versions: new Map([['1.0.0', 'e1']]),
    history: lengthOf(empty),
    ...changes,
  }
}

describe('what has changed in a prompt', () => {
  const versions = new Map([
    ['1.0.0', 'e1'],
    ['1.1.0', 'e2'],
  ])

  it('is what was saved and deleted, and first what was replaced', () => {
    const current = { versions, headTag: '', state: empty }
    expect(differences('p', known(), current)).toEqual([
      { kind: 'save', promptId: 'p', version: '1.1.0' },
    ])
    const replaced = known({ versions: new Map([...versions, ['1.1.0', 'old']]) })
    expect(differences('p', replaced, current)).toEqual([
      { kind: 'delete', promptId: 'p', version: '1.1.0' },
      { kind: 'save', promptId: 'p', version: '1.1.0' },
    ])
    expect(differences('p', undefined, current)).toHaveLength(2)
    expect(differences('p', known(), { ...current, versions: NOTHING_LISTED })).toEqual([
      { kind: 'delete', promptId: 'p', version: '1.0.0' },
    ])
  })

  it('is a change of the head with the moves that are new', () => {
    const current = { versions: known().versions, headTag: 'h', state: after }
    expect(differences('p', known(), current)).toEqual([
      { kind: 'head', promptId: 'p', moves: [move] },
    ])
    expect(differences('p', known({ headTag: 'h' }), current)).toEqual([])
    expect(differences('p', known({ history: 'told' }), current)).toEqual([])
  })

  it('is a change without its moves where they are not known', () => {
    const current = { versions: known().versions, headTag: 'h', state: after }
    const unknown = { kind: 'head', promptId: 'p' }
    expect(differences('p', known({ history: 'unknown' }), current)).toEqual([unknown])
    expect(differences('p', known({ history: { epoch: 'another', entries: 0 } }), current)).toEqual(
      [unknown],
    )
    const paged = { ...current, state: { ...after, pages: 1 } }
    expect(differences('p', known(), paged)).toEqual([unknown])
  })
})

describe('the length of a history', () => {
  it('counts its pages, and tells what is news', () => {
    expect(lengthOf({ ...after, pages: 2 })).toEqual({ epoch: '0', entries: 2 * PAGE_ENTRIES + 1 })
    expect(isNews(lengthOf(empty), lengthOf(after))).toBe(true)
    expect(isNews(lengthOf(after), lengthOf(after))).toBe(false)
    for (const before of ['unknown', 'told'] as const)
      expect(isNews(before, lengthOf(after))).toBe(true)
  })
})

describe('what lists show of a prompt', () => {
  it('is one text, which differs when an object does', () => {
    const facts = { version: 'e1', modifiedMs: 0 }
    const scan = {
      directories: new Map([['p', new Map([['1.0.0', facts]])]]),
      heads: new Map([['p', { version: 'h', modifiedMs: 0, isSettled: true }]]),
    }
    expect(signatureOf(scan, 'p')).toBe('h\n1.0.0 e1')
    expect(headTagOf(scan, 'p')).toBe('h')
    expect(headTagOf(scan, 'q')).toBe('')
  })
})

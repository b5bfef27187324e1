import { describe, expect, it } from 'vitest'
import {
  headIn,
  isCopy,
  viewIn,
  wireChange,
  wireDocument,
  wireView,
} from '../../../src/client/wire-values.js'
import { NO_HEAD } from '../../../src/versions/prompt-heads.js'

const state = { version: '1.0.0', at: '2025-01-17T10:30:00.000Z', by: null, reason: null }
const labels = Object.fromEntries([['__proto__', state]])
const head = { ...NO_HEAD, labels }
const view = { promptId: 'p', head, versions: ['1.0.0'] }
const document = { promptId: 'p', version: '1.0.1', encode: () => new TextEncoder().encode('{}') }
const change = {
  view,
  save: [document],
  delete: [],
  head,
  moves: [],
  requires: ['1.0.0'],
  isDeletion: false,
}

describe('what a client sends', () => {
  it('keeps a label of any name', () => {
    const { head: back } = viewIn(wireView(view))
    expect(Object.keys(back?.labels ?? {})).toEqual(['__proto__'])
    expect(headIn(null)).toBeUndefined()
  })

  it('leaves the head of a deletion to the storage', () => {
    expect(wireChange(change).head).toContain('__proto__')
    expect(wireChange({ ...change, isDeletion: true })).not.toHaveProperty('head')
  })

  it('sends the time of a copy, and none with a new document', () => {
    expect(wireDocument(document)).toEqual({ prompt_id: 'p', text: '{}' })
    const copy = { ...document, savedAt: null }
    expect(wireDocument(copy)).toMatchObject({ saved_at: null })
    expect(isCopy({ ...change, save: [copy] })).toBe(true)
    expect(isCopy(change)).toBe(false)
  })
})

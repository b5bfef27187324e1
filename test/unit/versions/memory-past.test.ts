import { expect, it } from 'vitest'
import { Lifecycle } from '../../../src/base/lifecycle.js'
import { MemoryPast } from '../../../src/versions/memory-past.js'
import { MemoryState } from '../../../src/versions/memory-state.js'
import type { VersionDocument } from '../../../src/versions/version-storage.js'

const AT = '2026-11-21T07:25:48.798Z'

it('has the content of a commit, not that of another one under its number', async () => {
  const state = new MemoryState<VersionDocument>(() => new Date(AT))
  const past = new MemoryPast(state, new Lifecycle(() => new Error('closed')))
  const document = { prompt_id: 'p', version: '1.0.0' }
  state.keep(document, AT)
  state.keep({ prompt_id: 'p', version: '1.0.1' }, undefined)
  const presence = { version: '1.0.0', savedAt: AT, from: AT, until: null }
  expect(await past.content('p', presence)).toBe(document)
  expect(await past.content('p', { ...presence, savedAt: null })).toBeUndefined()
  expect(await past.content('p', { ...presence, version: '1.0.2' })).toBeUndefined()
  expect([...(await past.past('p')).versions]).toEqual([
    ['1.0.0', AT],
    ['1.0.1', null],
  ])
  expect(await past.promptIds()).toEqual(['p'])
  expect(await past.knownSince()).toBeUndefined()
})

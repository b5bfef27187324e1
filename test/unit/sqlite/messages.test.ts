import { expect, it } from 'vitest'
import { isWrite } from '../../../src/sqlite/messages.js'

it('isWrite tells calls that change the database', () => {
  expect(isWrite({ id: 0, ask: { op: 'clear' } })).toBe(true)
  expect(isWrite({ id: 0, ask: { op: 'insert', documents: [], present: [] } })).toBe(true)
  expect(isWrite({ id: 0, ask: { op: 'commit', read: [], changes: [] } })).toBe(true)
  expect(isWrite({ id: 0, ask: { op: 'refresh' } })).toBe(false)
})

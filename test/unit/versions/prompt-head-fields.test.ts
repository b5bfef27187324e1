import { describe, expect, it } from 'vitest'
import {
  checkHead,
  checkHistoryEntry,
  checkMove,
} from '../../../src/versions/prompt-head-fields.js'

const at = '2025-01-17T10:30:00.000Z'
const head = {
  labels: { production: { version: '1.0.0', at, by: 'me', reason: null } },
  highest: '2.0.0-rc.1',
  deprecated: { '1.0.0': { at, by: null, reason: 'old' } },
  tags: { '1.0.0': ['a', 'b'] },
}
const move = { label: 'production', from: null, to: '1.0.0', by: null, reason: 'tested', at }

describe('the fields of heads and moves', () => {
  it('are kept as they are, in a frozen copy', () => {
    const kept = checkHead(head, 'head')
    expect(kept).toEqual(head)
    expect(kept).not.toBe(head)
    expect(Object.isFrozen(kept.labels['production'])).toBe(true)
    expect(checkMove(move, 'move')).toEqual(move)
  })

  it('may have any name, also one that objects inherit', () => {
    const labels = JSON.parse(
      `{"__proto__":{"version":"1.0.0","at":"${at}","by":null,"reason":null},"a b":{"version":"1.0.1","at":"${at}","by":null,"reason":null}}`,
    )
    expect(Object.keys(checkHead({ ...head, labels }, 'head').labels)).toEqual(['__proto__', 'a b'])
  })

  it('are named when they do not fit', () => {
    const label = head.labels.production
    const heads: readonly (readonly [wrong: unknown, field: string])[] = [
      [null, 'head'],
      [[], 'head'],
      [{ ...head, labels: undefined }, 'head.labels'],
      [{ ...head, labels: { a: 1 } }, 'head.labels.a'],
      [{ ...head, labels: { 'a b': { ...label, version: '1' } } }, "head.labels['a b'].version"],
      [{ ...head, labels: { a: { ...label, at: 'now' } } }, 'head.labels.a.at'],
      [{ ...head, labels: { a: { ...label, by: 1 } } }, 'head.labels.a.by'],
      [{ ...head, labels: { a: { ...label, x: 1 } } }, 'head.labels.a.x'],
      [{ ...head, highest: undefined }, 'head.highest'],
      [{ ...head, deprecated: { '1.0.0': { at, by: null } } }, "head.deprecated['1.0.0'].reason"],
      [{ ...head, tags: { '1.0.0': [1] } }, "head.tags['1.0.0']"],
      [{ ...head, later: 1 }, 'head.later'],
    ]
    for (const [wrong, field] of heads)
      expect(() => checkHead(wrong, 'head')).toThrow(`Field "${field}" must be `)
    for (const field of Object.keys(move))
      expect(() => checkMove({ ...move, [field]: 7 }, 'move')).toThrow(`Field "move.${field}"`)
  })
})

describe('an entry of a history', () => {
  const deleted = { deleted: { '1.0.0': at, '1.0.1-rc.1': null }, trash: false, at }
  const restored = { restored: { '1.0.0': at }, at }

  it('is a move, a deletion or a restoration', () => {
    for (const entry of [move, deleted, restored])
      expect(checkHistoryEntry(entry, 'line 1')).toEqual(entry)
  })

  it.each([
    [5, 'line 1'],
    [{}, 'line 1.restored'],
    [{ ...deleted, trash: 'yes' }, 'line 1.trash'],
    [{ ...deleted, by: 'me' }, 'line 1.by'],
    [{ ...deleted, at: '2026' }, 'line 1.at'],
    [{ ...deleted, deleted: { '1.0.0': '2026' } }, "line 1.deleted['1.0.0']"],
    [{ ...deleted, deleted: { '1': at } }, 'line 1.deleted'],
    [{ ...restored, trash: true }, 'line 1.trash'],
    [{ ...restored, restored: [] }, 'line 1.restored'],
  ])('is refused as %j, by the field', (wrong, field) => {
    expect(() => checkHistoryEntry(wrong, 'line 1')).toThrow(`Field "${field}"`)
  })
})

import { describe, expect, it } from 'vitest'
import {
  emptyAt,
  listOf,
  MapEntries,
  unfoldsTooFar,
  VALUES_MAX,
} from '../../../../src/dify/file/yaml-collections.js'

describe('the keys of a mapping', () => {
  it('replace merged ones, and earlier ones of the same name, with a note', () => {
    const notes: string[] = []
    const range = { start: 0, end: 1 }
    const key = (text: string) => ({ ...emptyAt(3, 'str'), text })
    const merged = new MapEntries((kind, offset, name) => notes.push(`${kind} ${name} ${offset}`))
    merged.set(key('a'), emptyAt(1))
    merged.set(key('b'), emptyAt(2))
    const entries = new MapEntries((kind, offset, name) => notes.push(`${kind} ${name} ${offset}`))
    expect(entries.merge(merged.map(range))).toBe(2)
    entries.set(key('b'), emptyAt(5))
    entries.set(key('b'), emptyAt(6))
    const map = entries.map(range)
    expect(Array.from(map.entries, ([name, { start }]) => [name, start])).toEqual([
      ['a', 1],
      ['b', 6],
    ])
    expect(map.size).toEqual({ values: 3, characters: 0, depth: 1 })
    expect(notes).toEqual(['duplicate_key b 3'])
  })

  it('are merged from mappings only', () => {
    const entries = new MapEntries(() => undefined)
    expect(() => entries.merge(emptyAt(0))).toThrow('takes mappings only')
  })
})

it('a list that unfolds to too many values is refused', () => {
  const half = { ...emptyAt(0), size: { values: VALUES_MAX / 2, characters: 0, depth: 0 } }
  const range = { start: 0, end: 1 }
  expect(listOf([half], range).size.values).toBe(VALUES_MAX / 2 + 1)
  expect(() => listOf([half, half], range)).toThrow(unfoldsTooFar().message)
})

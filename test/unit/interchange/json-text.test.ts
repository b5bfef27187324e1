import { describe, expect, it } from 'vitest'
import {
  lineAt,
  linesOf,
  linesOfElements,
  parseJsonText,
} from '../../../src/interchange/json-text.js'

describe('a JSON text', () => {
  it('is read with a byte order mark, too', () => {
    expect(parseJsonText('\uFEFF[1]')).toEqual({ kind: 'value', value: [1] })
  })

  it('that is not JSON is refused, with the line where the engine names one', () => {
    expect(parseJsonText('[\n1,\n')).toEqual({
      kind: 'refused',
      reason: 'it is not JSON',
      line: 3,
    })
    expect(parseJsonText('[\n1 2]')).toMatchObject({ reason: 'it is not JSON', line: 2 })
    expect(parseJsonText('['.repeat(300) + ']'.repeat(300))).toEqual({
      kind: 'refused',
      reason: 'it is nested over 256 levels',
    })
  })

  it('has its elements on lines', () => {
    const text = '[\n  { "a": "]\\"\\n[", "b": [{}, 1] },\n  3, null,\n\n  []\n]'
    expect(linesOfElements(text)).toEqual([2, 3, 3, 5])
    expect(linesOfElements('\uFEFF []')).toEqual([])
    expect(linesOfElements('[[1], [2]]')).toEqual([1, 1])
  })

  it('has the elements of one field on lines', () => {
    const text =
      '{\n "meta": { "data": [9] },\n "list": [1],\n "x": "data",\n "data": [\n {},\n {}\n ]\n}'
    expect(linesOfElements(text, 'data')).toEqual([6, 7])
    expect(linesOfElements('{}', 'data')).toEqual([])
  })

  it('counts lines from 1', () => {
    expect([lineAt('a\nb', 0), lineAt('a\nb', 1), lineAt('a\nb', 2)]).toEqual([1, 1, 2])
    const find = linesOf('\n\nabc\n')
    expect([0, 1, 2, 4, 5, 6].map(find)).toEqual([1, 2, 3, 3, 3, 4])
  })
})

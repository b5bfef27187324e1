import { expect, it } from 'vitest'
import {
  countOf,
  jsonRecordOf,
  listOf,
  recordOf,
  textOf,
} from '../../../../src/dify/service/answers.js'

it('reads a value of the expected kind, and nothing out of any other', () => {
  expect(recordOf({ a: 1 })).toEqual({ a: 1 })
  for (const other of [null, undefined, [], 'x', 5]) expect(recordOf(other)).toEqual({})
  expect(listOf([1])).toEqual([1])
  expect(listOf({ length: 1 })).toEqual([])
  expect([textOf('x'), textOf(''), textOf(5)]).toEqual(['x', undefined, undefined])
  expect([countOf(5), countOf(-1), countOf(NaN), countOf('5')]).toEqual([5, 0, 0, 0])
})

it('reads a mapping that is written as JSON in a text', () => {
  expect(jsonRecordOf('{"a":1}')).toEqual({ a: 1 })
  expect(jsonRecordOf({ a: 1 })).toEqual({ a: 1 })
  expect([jsonRecordOf('{'), jsonRecordOf('[1]')]).toEqual([{}, {}])
})

import { expect, it } from 'vitest'
import { isRecord } from '../../../../src/optimizer/llm/json-record.js'

it('an object of JSON is neither null nor a list nor a scalar', () => {
  expect([{}, { a: 1 }].map(isRecord)).toEqual([true, true])
  expect([null, [], 'a', 1, undefined].map(isRecord)).toEqual([false, false, false, false, false])
})

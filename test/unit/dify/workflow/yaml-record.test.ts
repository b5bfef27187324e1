import { expect, it } from 'vitest'
import { isRecord } from '../../../../src/dify/workflow/yaml-record.js'

it('a record is a mapping, and not a list', () => {
  expect([{}, [], null, 'a', 1].map(isRecord)).toEqual([true, false, false, false, false])
})

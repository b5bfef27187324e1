import { expect, it } from 'vitest'
import { lookAlikes } from '../../../../src/versions/file-system/look-alikes.js'

it('ids that look the same are told by their code points, and others are not', () => {
  expect(lookAlikes(['pay', 'p\u0430y', 'plain'])).toEqual([
    'These ids look the same: "p\\u0430y", "pay".',
  ])
  expect(lookAlikes(['pay', 'Pay', 'Übersicht'])).toEqual([])
})

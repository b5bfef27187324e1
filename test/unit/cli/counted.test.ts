import { expect, it } from 'vitest'
import { counted } from '../../../src/cli/counted.js'

it('has the singular for one, and the plural for all other numbers', () => {
  expect([0, 1, 2, 21].map((count) => counted(count, 'version'))).toEqual([
    '0 versions',
    '1 version',
    '2 versions',
    '21 versions',
  ])
})

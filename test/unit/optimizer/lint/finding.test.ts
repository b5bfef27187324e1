import { expect, it } from 'vitest'
import { SEVERITIES } from '../../../../src/optimizer/lint/finding.js'

it('severities are the levels of SARIF, the gravest first', () => {
  expect(SEVERITIES).toEqual(['error', 'warning', 'note'])
})

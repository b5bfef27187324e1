import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isHoldfastError } from '../../../src/base/errors.js'
import {
  OPTIMIZATION_ERROR_CODES,
  OptimizationError,
} from '../../../src/optimizer/optimization-error.js'

it('an error of an optimization has a code that is documented', () => {
  const error = new OptimizationError('OPT-OPT-001', 'x'.repeat(5000), { context: { known: [] } })
  expect(isHoldfastError(error)).toBe(true)
  expect(error.name).toBe('OptimizationError')
  expect(error.message.length).toBeLessThan(600)
  const text = readFileSync(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8')
  for (const code of OPTIMIZATION_ERROR_CODES) expect(text).toContain(`| \`${code}\``)
})

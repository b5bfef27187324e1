import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isHoldfastError } from '../../../../src/base/errors.js'
import { PATCH_ERROR_CODES, PatchError } from '../../../../src/optimizer/patching/patch-error.js'

describe('PatchError', () => {
  it('is an error of Holdfast with a code, a short message and facts', () => {
    const error = new PatchError('OPT-PATCH-001', 'x'.repeat(5000), { context: { patch: 1 } })
    expect(isHoldfastError(error)).toBe(true)
    expect([error.name, error.code, error.context]).toEqual([
      'PatchError',
      'OPT-PATCH-001',
      { patch: 1 },
    ])
    expect(error.message.length).toBeLessThan(1100)
  })

  it('has codes that the documents explain', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../../docs/errors.md'), 'utf8')
    for (const code of PATCH_ERROR_CODES) expect(text).toContain(`\`${code}\``)
  })
})

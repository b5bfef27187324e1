import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../../../../src/base/errors.js'
import {
  isModelError,
  MODEL_ERROR_CODES,
  ModelError,
} from '../../../../src/optimizer/llm/model-error.js'

const DOCUMENT = join(import.meta.dirname, '../../../../docs/errors.md')

describe('an error of a model', () => {
  it('has a code, a context and its own name, and a message of limited length', () => {
    const error = new ModelError('OPT-LLM-006', 'x'.repeat(10_000), { context: { status: 500 } })
    expect(error.toJSON()).toMatchObject({ name: 'ModelError', context: { status: 500 } })
    expect(error.message.length).toBeLessThan(600)
    expect(isModelError(error)).toBe(true)
    expect(isModelError(new HoldfastError('OPT-EXT-003', 'x'))).toBe(false)
  })

  it('is in the documentation, whatever its code', () => {
    const text = readFileSync(DOCUMENT, 'utf8')
    const documented = [...text.matchAll(/^\| `(OPT-LLM-\d+)`/gm)].map(([, code]) => code)
    expect(documented).toEqual([...MODEL_ERROR_CODES])
  })
})

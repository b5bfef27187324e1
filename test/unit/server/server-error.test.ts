import { describe, expect, it } from 'vitest'
import { isHoldfastError } from '../../../src/base/errors.js'
import { SERVER_ERROR_STATUS, ServerError } from '../../../src/server/server-error.js'
import { section } from '../../support/doc-examples.js'

describe('the errors of a server', () => {
  it('are errors of Holdfast', () => {
    const error = new ServerError('HTTP-BUSY-001', 'closing', { context: { a: 1 } })
    expect(isHoldfastError(error)).toBe(true)
    expect(error).toMatchObject({ name: 'ServerError', code: 'HTTP-BUSY-001', context: { a: 1 } })
  })

  it('are all in docs/errors.md, with their status', () => {
    const text = section('docs/errors.md', '## The server')
    const rows = Array.from(text.matchAll(/^\| `(HTTP-[A-Z]+-\d+)` +\| (\d+)/gm), (row) => [
      row[1],
      Number(row[2]),
    ])
    expect(Object.fromEntries(rows)).toEqual(SERVER_ERROR_STATUS)
  })
})

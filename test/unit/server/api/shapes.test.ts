import { describe, expect, it } from 'vitest'
import { document, FAILURES, promptParams } from '../../../../src/server/api/shapes.js'
import { errorAnswer } from '../../../../src/server/error-answer.js'
import { ServerError } from '../../../../src/server/server-error.js'

describe('the shapes of the API', () => {
  it('take what the server makes', () => {
    const { body } = errorAnswer(new ServerError('HTTP-BUSY-001', 'closing'))
    expect(FAILURES['5xx'].safeParse(body).success).toBe(true)
    expect(FAILURES['4xx'].safeParse({ error: 'closing' }).success).toBe(false)
  })

  it('leave documents their own fields, and bound ids', () => {
    const given = { prompt_id: 'p', version: '1.0.0', extra: [1] }
    expect(document.parse(given)).toEqual(given)
    expect(promptParams.safeParse({ id: 'x'.repeat(1025) }).success).toBe(false)
  })
})

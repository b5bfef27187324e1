import { z } from 'zod'
import { describe, expect, it } from 'vitest'
import { jsonObjectSchema, optional, timestampSchema } from '../../../src/document/fields.js'

describe('fields of documents', () => {
  it('an optional one may be absent or null, and nothing else', () => {
    const schema = z.strictObject({ note: optional(z.string()) })
    expect(schema.parse({})).toEqual({})
    expect(schema.parse({ note: null }).note).toBeUndefined()
    expect(schema.parse({ note: 'x' })).toEqual({ note: 'x' })
    expect(schema.safeParse({ note: 5 }).success).toBe(false)
  })

  it('an object of JSON is returned itself', () => {
    const value = { a: 1 }
    expect(jsonObjectSchema.parse(value)).toBe(value)
    for (const other of [null, [], 'x', 5])
      expect(jsonObjectSchema.safeParse(other).success).toBe(false)
  })

  it('a time that does not fit is refused with an example of one that does', () => {
    const result = timestampSchema.safeParse('yesterday')
    expect(result.error?.issues[0]?.message).toContain('2025-01-17T10:30:00.000Z')
  })
})

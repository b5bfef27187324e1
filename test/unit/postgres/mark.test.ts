import { expect, it } from 'vitest'
import { newMark } from '../../../src/postgres/mark.js'

it('a mark is a UUID of version 7, and no two are the same', () => {
  const marks = Array.from({ length: 1000 }, newMark)
  for (const mark of marks)
    expect(mark).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(marks).size).toBe(1000)
})

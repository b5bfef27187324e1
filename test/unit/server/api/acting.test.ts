import { describe, expect, it } from 'vitest'
import { actingAs, given, mayMoveProtected } from '../../../../src/server/api/acting.js'

const WRITER = { name: 'writer', scope: 'write' } as const
const ADMIN = { name: 'admin', scope: 'admin' } as const

describe('the name of a change', () => {
  it('is that of the token, or for an admin the one that is given', () => {
    expect(actingAs(WRITER, undefined)).toBe('writer')
    expect(actingAs(WRITER, 'writer')).toBe('writer')
    expect(() => actingAs(WRITER, 'ada')).toThrow('admin')
    expect(actingAs(ADMIN, 'ada')).toBe('ada')
    const local = { name: undefined, scope: 'admin' } as const
    expect([actingAs(local, 'ada'), actingAs(local, undefined)]).toEqual(['ada', undefined])
  })

  it('moves protected labels for an admin who asks for it', () => {
    expect(mayMoveProtected(WRITER, undefined)).toBe(false)
    expect(() => mayMoveProtected(WRITER, true)).toThrow('admin')
    expect(mayMoveProtected(ADMIN, true)).toBe(true)
    expect(given({ a: undefined, b: null, c: 1 })).toEqual({ b: null, c: 1 })
  })
})

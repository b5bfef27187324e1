import { describe, expect, it } from 'vitest'
import { refused, unreachable } from '../../../src/locks/server-failure.js'

describe('a failure of a server', () => {
  it('keeps the message and the code, and nothing else of the client', () => {
    const error = Object.assign(new Error('WRONGPASS'), {
      command: { name: 'auth', args: ['s3cret'] },
    })
    const failure = refused('Redis', error)
    expect(failure).toMatchObject({
      code: 'FS-PERM-001',
      context: { server: 'Redis', reason: 'denied' },
    })
    expect(failure.cause).not.toHaveProperty('command')
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    expect(unreachable('PostgreSQL', reset)).toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      message: 'PostgreSQL cannot be used: reset',
      context: { reason: 'ECONNRESET' },
      cause: { message: 'reset', code: 'ECONNRESET' },
    })
  })

  it('of several addresses has the message of the first', () => {
    const error = new AggregateError([new Error('refused by ::1'), new Error('other')], '')
    expect(unreachable('Redis', error).message).toBe('Redis cannot be used: refused by ::1')
    expect(unreachable('Redis', 'a text').context.reason).toBe('no-answer')
  })
})

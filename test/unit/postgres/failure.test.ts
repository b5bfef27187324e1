import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../src/index.js'
import {
  failureOf,
  isLost,
  isRolledBack,
  isTemporary,
  sqlStateOf,
  unknownOutcome,
} from '../../../src/postgres/failure.js'

const attempted = {
  what: 'Cannot save to',
  place: 'postgres://db/x',
  fallback: 'FS-SAVE-001',
} as const

function sqlError(code: string): Error {
  return Object.assign(new Error('told by the server'), { code })
}

describe('failureOf', () => {
  it.each([
    ['08006', 'FS-UNAVAILABLE-001'],
    ['25006', 'FS-READONLY-001'],
    ['28P01', 'FS-PERM-001'],
    ['3D000', 'FS-FORMAT-001'],
    ['42501', 'FS-PERM-001'],
    ['42P01', 'FS-FORMAT-001'],
    ['53100', 'FS-IO-001'],
    ['53300', 'FS-UNAVAILABLE-001'],
    ['55P03', 'FS-LOCK-001'],
    ['57014', 'FS-TIMEOUT-001'],
    ['57P01', 'FS-UNAVAILABLE-001'],
    ['54000', 'FS-SAVE-001'],
  ])('gives the SQLSTATE %s the code %s', (state, code) => {
    expect(failureOf(sqlError(state), attempted)).toMatchObject({
      code,
      message: 'Cannot save to postgres://db/x: told by the server',
      context: { outcome: 'none', sql_state: state },
    })
  })

  it('counts what is not an answer of the server as one that cannot be reached', () => {
    expect(failureOf(sqlError('EPIPE'), attempted)).toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      context: { error: 'EPIPE' },
    })
  })

  it('leaves its own errors as they are', () => {
    const own = new StorageError('FS-FORMAT-001', 'too new')
    expect(failureOf(own, attempted)).toBe(own)
  })

  it('keeps nothing of an error but what it says', () => {
    const client = { connectionParameters: { password: 'hunter2' } }
    const error = Object.assign(new Error('gone'), { client, input: 'postgres://b:hunter2@db/x' })
    expect(inspect(failureOf(error, attempted), { depth: 9 })).not.toContain('hunter2')
    expect(inspect(unknownOutcome(error, attempted), { depth: 9 })).not.toContain('hunter2')
  })
})

describe('unknownOutcome', () => {
  it('says so in its context', () => {
    expect(unknownOutcome(new Error('gone'), attempted)).toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { outcome: 'unknown' },
      cause: { message: 'gone' },
    })
  })
})

describe('the kinds of failures', () => {
  it('are told by the SQLSTATE, which names of errnos are not', () => {
    expect(sqlStateOf(sqlError('42P01'))).toBe('42P01')
    expect(sqlStateOf(sqlError('EPIPE'))).toBeUndefined()
    expect(['57P01', 'EPIPE', '42P01'].map((code) => isLost(sqlError(code)))).toEqual([
      true,
      true,
      false,
    ])
    expect(['40001', '40P01', '57P01'].map((code) => isRolledBack(sqlError(code)))).toEqual([
      true,
      true,
      false,
    ])
    expect(['53300', 'EPIPE', '28P01'].map((code) => isTemporary(sqlError(code)))).toEqual([
      true,
      true,
      false,
    ])
  })
})

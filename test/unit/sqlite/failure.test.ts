import { describe, expect, it } from 'vitest'
import { failureOf, storageErrorOf, type Phase } from '../../../src/sqlite/failure.js'

const error = (code: string): Error => Object.assign(new Error(`text of ${code}`), { code })

describe('failureOf', () => {
  const cases: readonly (readonly [string, Phase, string])[] = [
    ['SQLITE_FULL', 'write', 'FS-IO-001'],
    ['SQLITE_IOERR_FSYNC', 'write', 'FS-IO-001'],
    ['SQLITE_CORRUPT_INDEX', 'read', 'FS-LOAD-001'],
    ['SQLITE_NOTADB', 'open', 'FS-FORMAT-001'],
    ['SQLITE_BUSY', 'begin', 'FS-LOCK-001'],
    ['SQLITE_READONLY_DIRECTORY', 'write', 'FS-PERM-001'],
    ['SQLITE_CANTOPEN', 'open', 'FS-IO-001'],
    ['SQLITE_TOOBIG', 'write', 'FS-SAVE-001'],
    ['SQLITE_CONSTRAINT_CHECK', 'write', 'FS-SAVE-001'],
    ['SQLITE_ERROR', 'read', 'FS-LOAD-002'],
  ]
  it.each(cases)('%s at %s is %s', (code, phase, expected) => {
    const failure = failureOf(error(code), phase, '/data/a.db')
    expect(failure).toMatchObject({ code: expected, context: { path: '/data/a.db', stage: phase } })
    expect(failure.message).toContain('/data/a.db')
    expect(failure.context).not.toHaveProperty('outcome')
  })

  it('says that the outcome of a failed commit is unknown, unless the disk was full', () => {
    expect(failureOf(error('SQLITE_IOERR_FSYNC'), 'commit', 'a').context).toMatchObject({
      error: 'SQLITE_IOERR',
      outcome: 'unknown',
    })
    expect(failureOf(error('SQLITE_FULL'), 'commit', 'a').context).not.toHaveProperty('outcome')
  })
})

describe('storageErrorOf', () => {
  it('makes an error with the cause that the other thread had', () => {
    const made = storageErrorOf(failureOf(error('SQLITE_FULL'), 'write', '/data/a.db'))
    expect(made).toMatchObject({
      name: 'StorageError',
      code: 'FS-IO-001',
      message: 'Cannot write to /data/a.db: the disk is full',
      cause: { code: 'SQLITE_FULL', message: 'text of SQLITE_FULL' },
    })
  })

  it('makes one without a cause', () => {
    const failure = { code: 'FS-FORMAT-001', message: 'm', context: {}, cause: undefined } as const
    expect(storageErrorOf(failure)).not.toHaveProperty('cause')
  })
})

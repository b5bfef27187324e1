import { describe, expect, it } from 'vitest'
import { DiskError, hasNoSpace, reasonOf } from '../../../src/disk/disk-error.js'
import { DISK_PHASES, isDiskPhase } from '../../../src/disk/disk-phase.js'

describe('why something failed', () => {
  it.each([
    ['ELOCKTIMEOUT', 'lock'],
    ['ETIMEDOUT', 'timeout'],
    ['EACCES', 'denied'],
    ['EROFS', 'read_only'],
    ['EMFILE', 'descriptors'],
    ['EDQUOT', 'full'],
    ['EFBIG', 'limit'],
    ['ESTALE', 'busy'],
    ['EIO', 'io'],
    ['EISDIR', 'other'],
  ])('%s is %s', (code, reason) => {
    expect(reasonOf({ code, phase: 'call' })).toBe(reason)
  })

  it.each([
    ['EEXIST', 'check', 'conflict'],
    ['ENOENT', 'check', 'conflict'],
    ['ECHANGED', 'check', 'conflict'],
    ['EISDIR', 'check', 'other'],
    ['EEXIST', 'name', 'other'],
    ['EPERM', 'inspect', 'file_owner'],
    ['EMLINK', 'inspect', 'hard_link'],
    ['EMLINK', 'name', 'denied'],
    ['EBUSY', 'pool', 'hung_calls'],
    ['EAGAIN', 'pool', 'busy'],
    ['EFBIG', 'read', 'too_long'],
  ] as const)('%s in the phase %s is %s', (code, phase, reason) => {
    expect(new DiskError(code, 'any', 'a', { phase }).reason).toBe(reason)
  })
})

it('a failure that is said again keeps its facts', () => {
  const failure = { code: 'ENOSPC', phase: 'append', syscall: 'pwrite', path: 'log' } as const
  const error = DiskError.of(failure, { attempts: 2, isOutcomeUnknown: true })
  expect(error).toMatchObject({ ...failure, attempts: 2, isOutcomeUnknown: true })
  expect(hasNoSpace(error)).toBe(true)
  expect(error.message).toBe("ENOSPC: pwrite 'log'")
})

it('only the names of phases are phases', () => {
  expect(DISK_PHASES.every(isDiskPhase)).toBe(true)
  expect([undefined, 'fsync', 'toString'].some(isDiskPhase)).toBe(false)
})

import { describe, expect, it } from 'vitest'
import {
  DISK_PHASES,
  DiskError,
  hasNoSpace,
  isDiskPhase,
  isMomentary,
  isTransient,
  reasonOf,
} from '../../../src/disk/disk-error.js'

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

describe('whether a read says nothing of its file', () => {
  it.for([
    ['EMFILE', true],
    ['ENOMEM', true],
    ['ETIMEDOUT', true],
    ['ESTALE', true],
    ['EIO', false],
    ['EACCES', false],
    ['EISDIR', false],
  ] as const)('%s: %s', ([code, expected]) => {
    expect(isMomentary(new DiskError(code, 'openat', 'a'))).toBe(expected)
  })
})

describe('whether a retry may help', () => {
  it.for(['EINTR', 'EAGAIN', 'EBUSY', 'ESTALE'])('%s may have passed a moment later', (code) => {
    expect(isTransient({ code, phase: 'call' }, 'linux')).toBe(true)
  })

  it.for(['ENOSPC', 'EIO', 'EEXIST', 'ECHANGED', 'EACCES', 'ETIMEDOUT', 'ELOCKTIMEOUT', 'EMFILE'])(
    '%s stays',
    (code) => {
      expect(isTransient({ code, phase: 'call' }, 'linux')).toBe(false)
    },
  )

  it.for(['append', 'frame_flush', 'flush', 'publish'] as const)(
    'nothing is told by a second %s',
    (phase) => {
      expect(isTransient({ code: 'EBUSY', phase }, 'linux')).toBe(false)
    },
  )

  it('calls that hang in the kernel are another kind of busy', () => {
    expect(isTransient({ code: 'EBUSY', phase: 'pool' }, 'linux')).toBe(false)
    // There was no thread for it: it has not begun.
    expect(isTransient({ code: 'EAGAIN', phase: 'pool' }, 'linux')).toBe(true)
  })

  it('a name that Windows does not give may meet a program that looks at the file for a moment', () => {
    for (const code of ['EPERM', 'EACCES']) {
      expect(isTransient({ code, phase: 'name' }, 'win32')).toBe(true)
      expect(isTransient({ code, phase: 'call' }, 'win32')).toBe(false)
      expect(isTransient({ code, phase: 'name' }, 'linux')).toBe(false)
    }
  })
})

import { expect, it } from 'vitest'
import { isForHungCalls, isTransient } from '../../../src/disk/transient.js'

function failure(code: string, syscall: string) {
  return { code, syscall, path: 'a' }
}

it.for(['EINTR', 'EAGAIN', 'EBUSY', 'ESTALE'])('%s may have passed a moment later', (code) => {
  expect(isTransient(failure(code, 'open'), 'linux')).toBe(true)
})

it.for(['ENOSPC', 'EIO', 'EEXIST', 'ECHANGED', 'EACCES', 'ETIMEDOUT', 'ELOCKTIMEOUT', 'EMFILE'])(
  '%s stays',
  (code) => {
    expect(isTransient(failure(code, 'open'), 'linux')).toBe(false)
  },
)

it.for(['fsync', 'fdatasync', 'syncfs', 'publish'])('nothing is told by a second %s', (syscall) => {
  expect(isTransient(failure('EBUSY', syscall), 'linux')).toBe(false)
})

it('calls that hang in the kernel are another kind of busy', () => {
  expect(isForHungCalls(failure('EBUSY', 'pool'))).toBe(true)
  expect(isTransient(failure('EBUSY', 'pool'), 'linux')).toBe(false)
  // No thread was to be had for it: it has not begun.
  expect(isTransient(failure('EAGAIN', 'pool'), 'linux')).toBe(true)
})

it('a rename that Windows denies may meet a program that looks at the file for a moment', () => {
  for (const code of ['EPERM', 'EACCES']) {
    expect(isTransient(failure(code, 'rename'), 'win32')).toBe(true)
    expect(isTransient(failure(code, 'open'), 'win32')).toBe(false)
    expect(isTransient(failure(code, 'rename'), 'linux')).toBe(false)
  }
})

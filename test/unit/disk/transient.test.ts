import { expect, it } from 'vitest'
import { isTransient } from '../../../src/disk/transient.js'

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
  // No thread was to be had for it: it has not begun.
  expect(isTransient({ code: 'EAGAIN', phase: 'pool' }, 'linux')).toBe(true)
})

it('a name that Windows does not give may meet a program that looks at the file for a moment', () => {
  for (const code of ['EPERM', 'EACCES']) {
    expect(isTransient({ code, phase: 'name' }, 'win32')).toBe(true)
    expect(isTransient({ code, phase: 'call' }, 'win32')).toBe(false)
    expect(isTransient({ code, phase: 'name' }, 'linux')).toBe(false)
  }
})

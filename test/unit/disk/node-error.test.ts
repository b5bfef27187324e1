import { constants } from 'node:os'
import { describe, expect, it } from 'vitest'
import { DiskError } from '../../../src/disk/disk-error.js'
import {
  attempt,
  attemptFlush,
  attemptPresent,
  errorCode,
  isReadOnlyError,
  withheldPermission,
  withoutLinks,
} from '../../../src/disk/node-error.js'
import { isWindows } from '../../support/windows.js'
import { failure } from './support.js'

const withCode = (code: string, more: object = {}): Error =>
  Object.assign(new Error(code), { code, ...more })
const failing = (error: unknown) => async (): Promise<never> => await Promise.reject(error as Error)
const denied = (name: string): Error => Object.assign(new Error('needs --allow-write'), { name })

describe('a failed call of node:fs', () => {
  it('names the call, the path of the volume and the phase, and keeps its cause', async () => {
    const cause = withCode('EIO', { path: '/absolute/secret' })
    const error = await failure(attempt('write', 'file', failing(cause), 'append'))
    expect(error).toMatchObject({ code: 'EIO', syscall: 'write', path: 'file', phase: 'append' })
    expect(error.cause).toBe(cause)
    const flushed = await failure(attemptFlush({ sync: failing(cause) }, 'file'))
    expect(flushed).toMatchObject({ syscall: 'fsync', phase: 'flush' })
  })

  it('stays as it is when it is a DiskError or a bug of this program', async () => {
    const known = new DiskError('ELOOP', 'lstat', 'link')
    const bug = new TypeError('undefined is not a function')
    const misuse = withCode('ERR_INVALID_ARG_TYPE')
    for (const error of [known, bug, misuse])
      await expect(attempt('open', 'file', failing(error))).rejects.toBe(error)
  })

  it('is undefined where something may be missing and is, and nothing else', async () => {
    expect(await attemptPresent('stat', 'file', failing(withCode('ENOENT')))).toBeUndefined()
    const below = await failure(attemptPresent('stat', 'file', failing(withCode('ENOTDIR'))))
    expect(below.code).toBe('ENOTDIR')
  })
})

describe('the code of an error', () => {
  it.skipIf(isWindows)('is found for an errno that Node has no name for', () => {
    const errno = -constants.errno.EDQUOT
    const error = withCode(`Unknown system error ${errno}`, { errno })
    expect(errorCode(error)).toBe('EDQUOT')
    expect(errorCode(withCode('Unknown system error -9999', { errno: -9999 }))).toBe(
      'Unknown system error -9999',
    )
  })

  it('is undefined for anything that has none', () => {
    for (const value of [undefined, 'ENOENT', { code: 'ENOENT' }, new Error('x')])
      expect(errorCode(value)).toBeUndefined()
    expect(errorCode(Object.assign(new Error('x'), { code: 7 }))).toBeUndefined()
  })

  it.each(['NotCapable', 'PermissionDenied'])('is EACCES for the %s of Deno', async (name) => {
    const error = await failure(attempt('open', 'file', failing(denied(name))))
    expect(error).toMatchObject({ code: 'EACCES', detail: 'needs --allow-write' })
    expect(withheldPermission(denied(name))?.message).toContain('needs --allow-write')
    expect(withheldPermission(withCode('EACCES'))).toBeUndefined()
  })
})

it('a directory that cannot be written is not a failure of the disk', () => {
  const codes = ['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EIO', 'ENOENT']
  const readOnly = codes.filter((code) => isReadOnlyError(withCode(code)))
  expect(readOnly).toEqual(['EROFS', 'EACCES', 'EPERM'])
})

it('a file system without hard links says so in many ways, and a full disk is none of them', () => {
  for (const code of ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EMLINK'])
    expect(withoutLinks(withCode(code))).toMatchObject({ code: 'ENOTSUP', phase: 'probe' })
  for (const code of ['ENOSPC', 'EIO', 'EEXIST'])
    expect(withoutLinks(withCode(code))).toBeUndefined()
})

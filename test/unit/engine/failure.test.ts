import { describe, expect, it } from 'vitest'
import type { StorageErrorCode } from '../../../src/base/errors.js'
import { DiskError, type DiskPhase } from '../../../src/disk/disk-error.js'
import { FAILED, storageError } from '../../../src/engine/failure.js'

const COMMITS: readonly (readonly [string, DiskPhase, StorageErrorCode])[] = [
  ['EEXIST', 'check', 'FS-CONFLICT-001'],
  ['ENOENT', 'check', 'FS-CONFLICT-001'],
  ['ECHANGED', 'check', 'FS-CONFLICT-001'],
  // What is there is not a file, so no writer was faster.
  ['EISDIR', 'check', 'FS-SAVE-001'],
  ['EEXIST', 'name', 'FS-ATOMIC-001'],
  ['EIO', 'append', 'FS-IO-001'],
  ['EIO', 'frame_flush', 'FS-ATOMIC-001'],
  ['EIO', 'flush', 'FS-ATOMIC-001'],
  ['ENOSPC', 'frame_flush', 'FS-IO-001'],
  ['EIO', 'publish', 'FS-ATOMIC-001'],
  ['EACCES', 'name', 'FS-PERM-001'],
  ['EROFS', 'call', 'FS-PERM-001'],
  ['EPERM', 'inspect', 'FS-PERM-001'],
  ['ENOTSUP', 'probe', 'FS-FORMAT-001'],
  ['ELOCKTIMEOUT', 'owner', 'FS-LOCK-001'],
  ['ELOCKTIMEOUT', 'lock', 'FS-LOCK-001'],
  ['ETIMEDOUT', 'commit', 'FS-TIMEOUT-001'],
  ['EMFILE', 'stage', 'FS-IO-001'],
  ['EBUSY', 'pool', 'FS-SAVE-001'],
]

describe('the code of a failure', () => {
  it.each(COMMITS)('%s in the phase %s: %s', (code, phase, expected) => {
    // However the call is named.
    for (const syscall of ['fsync', 'create', 'publish', 'probe', 'owner']) {
      const failed = storageError(new DiskError(code, syscall, 'a', { phase }), FAILED.commit)
      expect(failed).toMatchObject({
        code: expected,
        context: { error: code, phase, stage: syscall },
      })
    }
  })

  it('of a file that is too long is that of its reader', () => {
    const read = { fallback: 'FS-LOAD-002', what: 'Cannot read' } as const
    const tooLong = new DiskError('EFBIG', 'any', 'a', { phase: 'read' })
    expect(storageError(tooLong, read)).toMatchObject({ code: 'FS-LOAD-002' })
    expect(storageError(new DiskError('EFBIG', 'read', 'a'), read)).toMatchObject({
      code: 'FS-IO-001',
    })
  })
})

it.each([
  ['publish', 'unknown'],
  ['append', undefined],
] as const)('in the phase %s the outcome is %s', (phase, outcome) => {
  const failed = storageError(new DiskError('EIO', 'any', 'a', { phase }), FAILED.commit)
  expect(failed).toHaveProperty('context')
  expect((failed as { context?: { outcome?: unknown } }).context?.outcome).toBe(outcome)
})

it.each([
  ['EPERM', 'inspect', 'file_owner'],
  ['EMLINK', 'inspect', 'hard_link'],
  ['EBUSY', 'pool', 'hung_calls'],
  ['EMFILE', 'call', 'descriptors'],
  ['EMLINK', 'name', undefined],
] as const)('%s in the phase %s is told with the reason %s', (code, phase, reason) => {
  const failed = storageError(new DiskError(code, 'any', 'a', { phase }), FAILED.commit)
  expect((failed as { context?: { reason?: unknown } }).context?.reason).toBe(reason)
})

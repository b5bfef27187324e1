import { describe, expect, it } from 'vitest'
import { outOfRange, wrongArgument } from '../../../src/base/misuse.js'
import { CliError, describeError, Interruption, exitCodeOf } from '../../../src/cli/errors.js'
import { DiskError } from '../../../src/disk/disk-error.js'
import { StorageError, VersionConflictError } from '../../../src/base/errors.js'
import { WorkflowError } from '../../../src/optimizer/workflow-error.js'

const full = new StorageError('FS-IO-001', 'Cannot save', {
  cause: new DiskError('ENOSPC', 'pwrite', '.journal/000000000001.log'),
})

describe('exitCodeOf', () => {
  it.each([
    [1, new StorageError('FS-SAVE-001', 'x')],
    [1, new StorageError('FS-PERM-001', 'x')],
    [1, new StorageError('FS-FORMAT-001', 'x')],
    [1, new StorageError('FS-IO-001', 'x', { cause: new DiskError('EIO', 'read', 'x') })],
    [1, new WorkflowError('OPT-EXT-010', 'x')],
    [1, new CliError('CLI-INPUT-001', 'x')],
    [1, new Error('a bug')],
    [1, 'thrown text'],
    [2, new CliError('CLI-USAGE-001', 'x')],
    [2, wrongArgument('Argument "version" must be ...')],
    [2, outOfRange('x')],
    [1, new TypeError("Cannot read properties of undefined (reading 'x')")],
    [1, new RangeError('Invalid array length')],
    [3, new StorageError('OPT-VER-002', 'x')],
    [3, new StorageError('FS-FORMAT-001', 'x', { context: { reason: 'no_store' } })],
    [4, new VersionConflictError('p', '1.0.0')],
    [5, new StorageError('FS-LOAD-001', 'x')],
    [5, new StorageError('FS-LOAD-002', 'x')],
    [5, new StorageError('FS-JOURNAL-001', 'x')],
    [6, new StorageError('FS-LOCK-001', 'x')],
    [7, new StorageError('FS-TIMEOUT-001', 'x')],
    [7, new StorageError('FS-IO-001', 'x', { context: { disk: 'native' } })],
    [8, full],
    [8, new StorageError('FS-SAVE-001', 'x', { cause: full })],
    [8, new StorageError('FS-IO-001', 'x', { context: { reason: 'disk_space' } })],
    [10, new StorageError('FS-READONLY-001', 'x')],
    [130, new Interruption('SIGINT', 130)],
    [143, new Interruption('SIGTERM', 143)],
  ])('is %i for %s', (code, error) => {
    expect(exitCodeOf(error)).toBe(code)
  })
})

describe('describeError', () => {
  it('gives the code, message and context of an error of Holdfast', () => {
    expect(describeError(new VersionConflictError('p', '1.0.0'))).toEqual({
      code: 'OPT-VER-001',
      message: 'Version 1.0.0 already exists for prompt p',
      context: { prompt_id: 'p', version: '1.0.0', same_content: false },
      retryable: false,
    })
  })

  it('calls a refused argument wrong usage, and anything unknown an internal error', () => {
    expect(describeError(wrongArgument('x')).code).toBe('CLI-USAGE-001')
    expect(describeError(new TypeError('x is not a function')).code).toBe('CLI-INTERNAL-001')
    expect(describeError(new Error('x')).code).toBe('CLI-INTERNAL-001')
    expect(describeError('x')).toMatchObject({ code: 'CLI-INTERNAL-001', message: 'x' })
  })

  it('says that waiting for a lock may succeed the next time', () => {
    expect(describeError(new StorageError('FS-LOCK-001', 'x')).retryable).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { isStorageError, StorageError, VersionConflictError } from '../../../src/base/errors.js'
import { WorkflowError } from '../../../src/optimizer/workflow-error.js'

describe('an error', () => {
  it('is told in JSON by its name, code, message and context, without its stack and cause', () => {
    const cause = new Error('EACCES')
    const error = new StorageError('FS-PERM-001', 'Cannot write', { context: { path: 'a' }, cause })
    const told = { name: 'StorageError', code: 'FS-PERM-001', message: 'Cannot write' }
    expect(error.toJSON()).toEqual({ ...told, context: { path: 'a' } })
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({ error: error.toJSON() })
    expect(error.cause).toBe(cause)
    expect(
      new WorkflowError('OPT-EXT-003', 'is not YAML', { context: { line: 3 } }).toJSON(),
    ).toEqual({
      name: 'WorkflowError',
      code: 'OPT-EXT-003',
      message: 'is not YAML',
      context: { line: 3 },
    })
  })

  it('of a version that exists is a StorageError of its own name', () => {
    const error = new VersionConflictError('p', '1.0.0', { sameContent: true })
    expect(error).toBeInstanceOf(StorageError)
    expect(error.toJSON()).toMatchObject({ name: 'VersionConflictError', code: 'OPT-VER-001' })
    expect(error.context).toMatchObject({ prompt_id: 'p', version: '1.0.0', same_content: true })
    expect(isStorageError(error, 'OPT-VER-001')).toBe(true)
    expect(isStorageError(error, 'FS-IO-001')).toBe(false)
  })
})

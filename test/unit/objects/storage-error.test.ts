import { describe, expect, it } from 'vitest'
import { wrongArgument } from '../../../src/base/misuse.js'
import { StorageError } from '../../../src/base/errors.js'
import { asStorageError } from '../../../src/objects/storage-error.js'
import { ObjectFailure, type ObjectFailureKind } from '../../../src/objects/failure.js'

const OPERATION = { fallback: 'FS-SAVE-001', what: 'Cannot store', key: 'a/b' } as const

describe('the failure of a request to a bucket', () => {
  it.each<[ObjectFailureKind, string]>([
    ['conflict', 'FS-CONFLICT-001'],
    ['refused', 'FS-UNAVAILABLE-001'],
    ['unknown', 'FS-TIMEOUT-001'],
    ['no-credentials', 'FS-PERM-001'],
    ['denied', 'FS-PERM-001'],
    ['no-bucket', 'FS-FORMAT-001'],
    ['rejected', 'FS-SAVE-001'],
  ])('is an error of the storage by what is known of the outcome: %s is %s', (kind, code) => {
    const failure = new ObjectFailure(kind, 'it failed', { reason: 'Why', status: 418 })
    const error = asStorageError(failure, OPERATION, 'bucket')
    expect(error).toMatchObject({
      code,
      message: "Cannot store 'a/b': it failed",
      cause: failure,
      context: { key: 'a/b', bucket: 'bucket', reason: 'Why', status: 418 },
    })
    const outcome = code === 'FS-TIMEOUT-001' ? 'unknown' : undefined
    expect((error as StorageError).context['outcome']).toBe(outcome)
  })

  it('has null for facts that are not known, so that the context is JSON', () => {
    const error = asStorageError(new ObjectFailure('denied', 'no'), OPERATION, 'bucket')
    expect((error as StorageError).context).toMatchObject({ reason: null, status: null })
  })

  it('passes unchanged when it has its code already, or is misuse', () => {
    const known = new StorageError('FS-LOAD-002', 'known')
    const misuse = wrongArgument('misuse')
    for (const error of [known, misuse]) expect(asStorageError(error, OPERATION, 'b')).toBe(error)
    expect(asStorageError('thrown text', OPERATION, 'b')).toBeInstanceOf(Error)
  })
})

import { StorageError } from '../base/errors.js'
import type { StoredFile, WriteCondition } from './backend.js'

/** @throws StorageError FS-CONFLICT-001 when the file is not as the condition wants it */
export function checkCondition(
  key: string,
  found: StoredFile | undefined,
  condition: WriteCondition | undefined,
): void {
  if (condition?.ifAbsent === true && found !== undefined && found.etag !== condition.orExpired)
    throw missing(key, 'exists already')
  if (condition?.ifMatch === undefined || condition.ifMatch === found?.etag) return
  throw missing(key, found === undefined ? 'does not exist' : 'is not the one that was expected')
}

/** What a condition that does not hold is answered with. */
export function missing(key: string, why: string): StorageError {
  return new StorageError('FS-CONFLICT-001', `'${key}' ${why}`, { context: { key } })
}

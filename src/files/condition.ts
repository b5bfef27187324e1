import { StorageError } from '../base/errors.js'
import type { StoredFile, WriteCondition } from './backend.js'

/** Whether a change depends on what is there. */
export function isConditional({ ifAbsent, ifMatch }: WriteCondition): boolean {
  return ifAbsent === true || ifMatch !== undefined
}

/** @throws StorageError FS-CONFLICT-001 when the file is not as the condition wants it */
export async function checkCondition(
  key: string,
  found: StoredFile | undefined,
  condition: WriteCondition = {},
): Promise<void> {
  const { ifAbsent = false, ifMatch, isExpired } = condition
  if (found !== undefined && (ifAbsent || ifMatch === found.etag)) {
    const expired = (await isExpired?.(found)) === true
    if (ifAbsent && !expired) throw missing(key, 'exists already')
    if (!ifAbsent && expired) throw missing(key, 'has expired')
  }
  if (ifMatch === undefined || ifMatch === found?.etag) return
  throw missing(key, found === undefined ? 'does not exist' : 'is not the one that was expected')
}

/** What a condition that does not hold is answered with. */
export function missing(key: string, why: string): StorageError {
  return new StorageError('FS-CONFLICT-001', `'${key}' ${why}`, { context: { key } })
}

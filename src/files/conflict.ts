import { StorageError } from '../base/errors.js'
import { monotonicMs } from '../base/clock.js'
import { oneOf } from '../base/options.js'
import type { StoredFile, WriteCondition } from './backend.js'

/** Whether a change depends on the existing file. */
export function isConditional({ ifAbsent, ifMatch }: WriteCondition): boolean {
  return ifAbsent === true || ifMatch !== undefined
}

/** @throws StorageError FS-CONFLICT-001 when the condition does not hold */
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

/** The error of a condition that does not hold. */
export function missing(key: string, why: string): StorageError {
  return new StorageError('FS-CONFLICT-001', `'${key}' ${why}`, { context: { key } })
}

/**
 * Retries an attempt while other processes come first; changes of this process wait for each other. Each lost attempt
 * is another's success, so the number of attempts is not limited, but the time is.
 *
 * @param isLost whether the failure says that the key was changed between query and change
 * @throws what an attempt throws; StorageError FS-LOCK-001 when others came first for `timeoutMs`
 */
export async function untilFirst<Result>(
  key: string,
  timeoutMs: number,
  isLost: (error: unknown) => boolean,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const beginMs = monotonicMs()
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isLost(error)) throw error
      if (monotonicMs() - beginMs >= timeoutMs) throw tooBusy(key, timeoutMs, error)
    }
  }
}

/** As `untilFirst`, for a read that returns nothing while the file is being changed. */
export async function untilSteady<Result>(
  key: string,
  timeoutMs: number,
  attempt: () => Promise<{ readonly found: Result } | undefined>,
): Promise<Result> {
  const beginMs = monotonicMs()
  for (;;) {
    const result = await attempt()
    if (result !== undefined) return result.found
    if (monotonicMs() - beginMs >= timeoutMs) throw tooBusy(key, timeoutMs)
  }
}

function tooBusy(key: string, timeoutMs: number, cause?: unknown): StorageError {
  return new StorageError(
    'FS-LOCK-001',
    `'${key}' was changed by others again and again for ${timeoutMs} ms; try again`,
    {
      context: { key, reason: 'contention', timeout_ms: timeoutMs },
      ...(cause === undefined ? {} : { cause }),
    },
  )
}

/**
 * What happens to a local change when another client has changed the same file in the cloud since.
 * `local-wins`: it replaces the other change.
 * `cloud-wins`: it is dropped.
 * `keep-both`: the cloud's file stays, the local one is stored beside it under another name; a local delete is dropped.
 */
export type ConflictPolicy = 'local-wins' | 'cloud-wins' | 'keep-both'

export const CONFLICT_POLICIES: readonly ConflictPolicy[] = [
  'local-wins',
  'cloud-wins',
  'keep-both',
]

/** @throws TypeError for an unknown policy */
export function policyOption(given: ConflictPolicy | undefined): ConflictPolicy {
  return oneOf('onConflict', given, CONFLICT_POLICIES, 'keep-both')
}

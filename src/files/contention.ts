import { monotonicMs } from '../base/clock.js'
import { StorageError } from '../base/errors.js'

/**
 * Repeats an attempt that others keep coming before: of other processes, as the changes of this one wait for each other.
 * Each lost attempt is another's success, so the number of attempts is not limited, but the time is.
 *
 * @param isLost whether the failure says that the key was changed between question and change
 * @throws what an attempt throws; StorageError FS-LOCK-001 when others have come before for `timeoutMs`
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

/** As `untilFirst`, for a read that gives nothing while the file is being changed. */
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

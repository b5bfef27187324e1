import { isStorageError, StorageError } from '../base/errors.js'

/** Whether a service could not be reached or has not answered. */
function isOutage(error: unknown): error is StorageError {
  return isStorageError(error, 'FS-UNAVAILABLE-001') || isStorageError(error, 'FS-TIMEOUT-001')
}

/** A failure before the request that decides: nothing was changed, and nothing will be. */
export function withNothingDone(error: unknown): unknown {
  if (!isOutage(error)) return error
  const { message, context } = error
  return new StorageError('FS-UNAVAILABLE-001', message, {
    cause: error,
    context: { ...context, outcome: 'none' },
  })
}

/** Work before the request that decides. */
export async function nothingDone<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw withNothingDone(error)
  }
}

/** A failure of the request that decides, or of the questions after it. */
function withUnknownOutcome(error: unknown): unknown {
  if (!isOutage(error)) return error
  const { message, context } = error
  return new StorageError(
    'FS-TIMEOUT-001',
    `${message}; whether the change was made is not known`,
    { cause: error, context: { ...context, outcome: 'unknown' } },
  )
}

/**
 * The failure of a change that is repeated until its outcome is known.
 * @param isSent whether an earlier attempt may have been carried out
 */
export function failedChange(error: unknown, isSent: boolean): unknown {
  const isRefused = !isSent && isStorageError(error, 'FS-UNAVAILABLE-001')
  return isRefused ? withNothingDone(error) : withUnknownOutcome(error)
}

/** Others have changed the same prompt again and again. */
export function tooBusy(what: string, timeoutMs: number): StorageError {
  return new StorageError(
    'FS-LOCK-001',
    `${what} was changed by others again and again for ${timeoutMs} ms; try again`,
    { context: { reason: 'contention', timeout_ms: timeoutMs, outcome: 'none' } },
  )
}

/** A head has changed too often to tell whether one of the changes was made by this process. */
export function outcomeForgotten(promptId: string): StorageError {
  return new StorageError(
    'FS-TIMEOUT-001',
    `The service did not answer, and prompt ${promptId} was changed by others too often since; whether the change was made is not known`,
    { context: { prompt_id: promptId, reason: 'outcome_forgotten', outcome: 'unknown' } },
  )
}
